import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of the project: its path from the top, with `/`, and its text. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

const SKIPPED = new Set(['node_modules', 'dist', '.git', 'data'])
const SOURCE = /\.(?:ts|mjs|cjs)$/
const TEST_SUPPORT = /\.(?:test|contract|arbitrary)\.ts$|(?:^|\/)testing\//

/** Whether a file ships: a source of a package that is no test and serves no test only. */
export const isProduct = (path: string): boolean =>
  /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !TEST_SUPPORT.test(path)

/** Every source file below a folder, in the order of their paths. */
export function readSources(root: string): SourceFile[] {
  const walk = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : walk(path)
      return SOURCE.test(entry.name) ? [path] : []
    })
  return walk('')
    .sort()
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}
