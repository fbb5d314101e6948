// npm run man: writes the pages of the manual into the packages that ship them. With --check, as part of npm run check,
// it writes nothing, and ends with 1 where a page is not what the help of today makes.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manPages } from './man-pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = [...(await manPages())].map(([path, text]) => ({ file: join(root, path), path, text }))

if (process.argv.includes('--check')) {
  const stale = pages.filter(({ file, text }) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
  for (const { path } of stale) console.error(`${path} is not what help says today; npm run man writes it`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const folder of new Set(pages.map(({ file }) => dirname(file)))) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
  }
  for (const { file, text } of pages) writeFileSync(file, text)
}
