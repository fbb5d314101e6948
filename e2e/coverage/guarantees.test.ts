import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const ROW = /^\| .+ \| `([^`]+)`: (.+) \|$/gm

test.each([
  ['COVERAGE', 4],
  ['gallery', 5],
  ['collection', 10],
  ['COVERAGE', 3],
  ['deletions', 10],
  ['migration', 5],
  ['operating', 5],
  ['recovery', 5],
  ['security', 20],
  ['upgrading', 2],
])('docs/%s.md names a test for each guarantee, and each is there', (name, atLeast) => {
  const rows = Array.from(readFileSync(new URL(`docs/${name}.md`, root), 'utf8').matchAll(ROW))
  expect(rows.length).toBeGreaterThan(atLeast)
  for (const [, file = '', title = ''] of rows) {
    const source = existsSync(new URL(file, root)) ? readFileSync(new URL(file, root), 'utf8') : ''
    expect(source, file).toContain(title)
    // testing/guarantee-reporter.ts looks at whether it ran and passed, at the end of a run of all tests.
    expect(source, file).not.toMatch(/\b(?:it|test|describe)\.(?:skip|todo|fails|only)(?:\.each)?\(/)
  }
})
