import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('./', import.meta.url))

/**
 * What the rooms may import, besides their own files and the basics; each room only knows those that stand before it.
 */
const INWARD: Readonly<Record<string, readonly string[]>> = {
  start: [],
  python: [],
  argv: ['python'],
  config: ['python'],
  query: ['python'],
  output: ['python', 'argv', 'config', 'query'],
  parameters: ['python', 'argv'],
  http: ['python', 'config'],
  credentials: ['python', 'config', 'query', 'http'],
  client: ['python', 'argv', 'config', 'output', 'parameters', 'http', 'credentials'],
  commands: ['start', 'python', 'argv', 'config', 'query', 'output', 'parameters', 'http', 'client'],
  'auto-prompt': ['python', 'argv', 'config', 'client', 'commands'],
}

/** What every room may import: how a command sees the machine, ends, and tells of its steps. */
const BASICS = ['environment.ts', 'errors.ts', 'log.ts', 'version.ts']

/** The loose files that are the program: they may import every room, and no room imports them. */
const PROGRAM = ['berth.ts', 'program.ts', 'main.ts']

const product = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  file => /(?<!\.(?:test|arbitrary))\.ts$/.test(file) && !file.startsWith('testing/'),
)

/** The files of this package that a file imports: for values or types only, at once or late. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const paths = Array.from(text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g), ([, path = '']) => path)
  return paths.map(path => normalize(join(dirname(file), path)))
}

const graph = new Map(product.map(file => [file, importsOf(file)]))
const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file)

/** A way from a file back to itself, or undefined. */
function circleIn(files: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const cleared = new Set<string>()
  const visit = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (cleared.has(file)) return undefined
    for (const next of files.get(file) ?? []) {
      const circle = visit(next, [...way, file])
      if (circle) return circle
    }
    cleared.add(file)
    return undefined
  }
  for (const file of files.keys()) {
    const circle = visit(file, [])
    if (circle) return circle
  }
  return undefined
}

describe('the architecture of the command line', () => {
  it('imports inward only, types and what is loaded late included', () => {
    expect(product.length).toBeGreaterThan(120)
    const found = [...graph].flatMap(([file, imports]) => imports.map(target => [file, target] as const))
    expect(found.length).toBeGreaterThan(500)
    for (const [file, target] of found) {
      const what = `${file} imports ${target}`
      const room = roomOf(file)
      if (PROGRAM.includes(room)) continue
      expect(graph.has(target), what).toBe(true)
      if (BASICS.includes(room)) expect(BASICS, what).toContain(target)
      else expect([room, ...BASICS, ...(INWARD[room] ?? [])], what).toContain(roomOf(target))
    }
  })

  it('has no circle of imports', () => {
    expect(circleIn(graph)).toBeUndefined()
    expect(
      circleIn(
        new Map([
          ['a', ['b']],
          ['b', ['c', 'a']],
        ]),
      ),
    ).toEqual(['a', 'b', 'a'])
  })

  it('has a room for every file but the program and the basics', () => {
    const rooms = new Set(product.map(roomOf))
    expect([...rooms].sort()).toEqual([...Object.keys(INWARD), ...BASICS, ...PROGRAM].sort())
  })

  it('keeps no room of more than twenty files in one row', () => {
    for (const folder of new Set(product.map(file => dirname(file)))) {
      const files = product.filter(file => dirname(file) === folder)
      expect(files.length, folder).toBeLessThanOrEqual(folder === '.' ? 8 : 20)
    }
  })

  it('takes from libraries only what it names here', () => {
    const libraries = product.flatMap(file =>
      Array.from(
        readFileSync(join(root, file), 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([^.'][^']*)'/g),
        ([, name = '']) => name,
      ).filter(name => !name.startsWith('node:')),
    )
    expect([...new Set(libraries)].sort()).toEqual([
      '@aws-sdk/credential-providers',
      '@berth/lifecycle',
      '@berth/model',
      '@berth/model/berth',
      '@berth/model/ecr',
      'yaml',
    ])
  })
})
