import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ports = fileURLToPath(new URL('.', import.meta.url))
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort()

const groups = filesIn(join(ports, 'rows')).filter(file => file !== 'common.ts')
const textOf = (file: string) => readFileSync(join(ports, 'rows', file), 'utf8')

/** `access/access-keys.ts` is `accessKeys`. */
const nameOf = (file: string) =>
  (file.split('/').at(-1) ?? '').replace('.ts', '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The bodies of the interfaces of methods: their names end with `Rows`. */
const interfacesIn = (text: string) => Array.from(text.matchAll(/^export interface (\w+Rows) \{\n(.*?)^\}/gms))

it.each(groups)('%s has one group of at most ten methods', file => {
  const found = interfacesIn(textOf(file))
  expect(found.map(([, name]) => name)).toHaveLength(1)
  const methods = found[0]?.[2]?.match(/^ {2}(?!readonly)\w+\??[(<]/gm) ?? []
  expect(methods.length).toBeGreaterThan(0)
  expect(methods.length).toBeLessThanOrEqual(10)
})

/** Product code that calls methods of rows: what adapters and tests alone call is no part of a port. */
const callers = ['registry', 'housekeeping', 'http', 'admin', 'storage', 'serve', 'program', 'adapters/blob-s3']
  .flatMap(folder => filesIn(join(ports, '..', folder)).map(file => join(ports, '..', folder, file)))
  .filter(file => !/\/testing\//.test(file))
  .map(file => readFileSync(file, 'utf8'))

it.each(groups)('%s has no method that only tests call', file => {
  const body = interfacesIn(textOf(file))[0]?.[2] ?? ''
  const methods = Array.from(body.matchAll(/^ {2}(\w+)\??[(<]/gm), ([, name = '']) => name)
  const isCalled = (name: string) => callers.some(text => new RegExp(`\\.${name}\\b|\\b${name} \\}`).test(text))
  expect(methods.filter(name => !isCalled(name))).toEqual([])
})

it('names every group as its file is named', () => {
  const store = readFileSync(join(ports, 'metadata-store.ts'), 'utf8')
  const body = store.split('export interface Rows {')[1]?.split('\n}')[0] ?? ''
  const named = Array.from(body.matchAll(/readonly (\w+): (\w+)/g), ([, name, type]) => `${name}: ${type}`)
  const expected = groups.map(file => `${nameOf(file)}: ${interfacesIn(textOf(file))[0]?.[1]}`)
  expect(named.sort()).toEqual(expected.sort())
})

it('has a file of the same name in the SQL for each', () => {
  const sql = filesIn(join(ports, '../adapters/metadata-sql/rows'))
  expect(sql).toEqual(groups)
})

it('has no circle, of types neither', () => {
  const imports = new Map(
    filesIn(ports).map(file => {
      const text = readFileSync(join(ports, file), 'utf8')
      const paths = Array.from(text.matchAll(/from '(\.[^']+)'/g), ([, path = '']) => path)
      return [file, paths.map(path => relative(ports, join(ports, dirname(file), path)))] as const
    }),
  )
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    expect(way, `${[...way, file].join(' imports ')}`).not.toContain(file)
    if (done.has(file)) return
    for (const next of imports.get(file) ?? []) visit(next, [...way, file])
    done.add(file)
  }
  expect(imports.size).toBeGreaterThan(30)
  for (const file of imports.keys()) visit(file, [])
})
