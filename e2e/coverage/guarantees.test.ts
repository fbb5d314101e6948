import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const ROW = /^\| .+ \| `([^`]+)`: (.+) \|$/gm

test.each(['collection', 'deletions'])('docs/%s.md names a test for each guarantee, and each is there', page => {
  const rows = Array.from(readFileSync(new URL(`docs/${page}.md`, root), 'utf8').matchAll(ROW))
  expect(rows.length).toBeGreaterThan(10)
  for (const [, file = '', title = ''] of rows) {
    const source = existsSync(new URL(file, root)) ? readFileSync(new URL(file, root), 'utf8') : ''
    expect(source, file).toContain(title)
  }
})
