import { existsSync, readFileSync } from 'node:fs'
import { ECRPUBLIC } from '@aws-sdk/client-ecr-public'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const ROW = /^\| ([A-Z][A-Za-z]+) \| ([a-z, -]+) \| ([a-z-]+) \|$/gm
const rows = Array.from(
  readFileSync(new URL('docs/COVERAGE.md', root), 'utf8').matchAll(ROW),
  ([, operation = '', clients = '', handlers = '']) => ({ operation, clients: clients.split(', '), handlers }),
)
const kebab = (name: string) => name.replace(/(?!^)[A-Z]/g, letter => `-${letter}`).toLowerCase()
const source = (path: string) => (existsSync(new URL(path, root)) ? readFileSync(new URL(path, root), 'utf8') : '')

test('docs/COVERAGE.md lists every operation of the SDK, once', () => {
  const operations = Object.getOwnPropertyNames(ECRPUBLIC.prototype).filter(name => name !== 'constructor')
  const names = operations
    .map(name => name.charAt(0).toUpperCase() + name.slice(1))
    .filter(name => !/^Paginate/.test(name))
  expect(rows.map(row => row.operation).sort()).toEqual(names.sort())
})

test('docs/COVERAGE.md lists tests that call the operation', () => {
  const silent = rows.flatMap(({ operation, clients, handlers }) => {
    const files = [
      ...clients.map(file => `e2e/clients/${file}.test.ts`),
      `packages/server/src/http/control/handlers/${handlers}.test.ts`,
    ]
    return files.filter(file => ![operation, kebab(operation)].some(name => source(file).includes(name)))
  })
  expect(silent).toEqual([])
})
