import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { isProduct, readSources } from './files.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SERVER = 'packages/server/src/'
const SQL = `${SERVER}adapters/metadata-sql/`

/** The columns of the table in docs/ARCHITECTURE.md, from the second on, and the folder below which their paths are. */
const FOLDERS = [SERVER, SERVER, SERVER, SERVER, SQL]

const rows = readFileSync(`${ROOT}/docs/ARCHITECTURE.md`, 'utf8')
  .split('## Who deletes what')[1]
  ?.split('\n## ')[0]
  ?.split('\n')
  .filter(line => line.startsWith('| ') && !line.startsWith('| what goes'))
  .map(line => line.split('|').slice(2, -1))

interface Claim {
  readonly path: string
  readonly names: readonly string[]
}

/** "`file`: `name`, `name`; `file`: `name`", with words in between. */
function claimsOf(cell: string, folder: string): Claim[] {
  return cell
    .split(';')
    .map(part => Array.from(part.matchAll(/`([^`]+)`/g), ([, quoted = '']) => quoted))
    .filter(([path]) => path?.endsWith('.ts'))
    .map(([path, ...names]) => ({ path: folder + path, names: names.filter(name => !name.endsWith('.ts')) }))
}

const claims = rows?.flatMap(cells => cells.flatMap((cell, at) => claimsOf(cell, FOLDERS[at] ?? ''))) ?? []

it('names files that are there, and what is in them', () => {
  expect(claims.length).toBeGreaterThan(40)
  const missing = claims.flatMap(({ path, names }) => {
    if (!existsSync(`${ROOT}/${path}`)) return [path]
    const text = readFileSync(`${ROOT}/${path}`, 'utf8')
    const isDefined = (name: string) =>
      new RegExp(`(?:\\b(?:function|class|const) |^\\s+(?:async )?)${name}\\s*[(<{=:]`, 'm').test(text)
    return names.filter(name => !isDefined(name)).map(name => `${path}: ${name}`)
  })
  expect(missing).toEqual([])
})

it('has every use case that takes images, tags, blobs or repositories away', () => {
  // Whatever the group of rows is called. `berthd admin` deletes what accounts have; an index of names is none of it.
  const DELETING =
    /\brows(?:\.(?!users\b|signingKeys\b|registries\b|multiparts\b|search\b)\w+)?\.(?:delete|remove|removeDue|giveUp|hide|empty|unlink|collect)\(/
  const named = new Set(claims.map(({ path }) => path))
  const deleting = readSources(ROOT)
    .filter(({ path }) => isProduct(path) && /src\/(?:registry|housekeeping|admin|http)\//.test(path))
    .filter(({ text }) => DELETING.test(text))
    .map(({ path }) => path)
  expect(deleting.length).toBeGreaterThan(5)
  expect(deleting.filter(path => !named.has(path))).toEqual([])
})
