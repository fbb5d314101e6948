// npm run man: writes the pages of the manual into the packages that ship them.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manPages } from './man-pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = await manPages()
for (const folder of new Set([...pages.keys()].map(path => dirname(join(root, path))))) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
}
for (const [path, text] of pages) writeFileSync(join(root, path), text)
