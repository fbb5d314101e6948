import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Tests below these folders that put something else in the place of a module, as paths from the root. */
export function replacesModules(root: string, folders: readonly string[]): string[] {
  return folders
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(path => join(folder, path)),
    )
    .filter(path => path.endsWith('.test.ts') && !path.includes('node_modules'))
    .filter(path => /\bvi\.(?:mock|doMock)\(/.test(readFileSync(join(root, path), 'utf8')))
}
