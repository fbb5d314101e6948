import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const source = fileURLToPath(new URL('..', import.meta.url))

/** The files that `file` loads before it runs, itself included; types load nothing. */
function loadedBy(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type\b)[^'"()]*?from '(\.[^']+)'/gm)
  for (const [, path = ''] of imports) loadedBy(join(dirname(file), path), found)
  return found
}

it('loads an engine only where the settings name it, but for SQLite itself, which locks the data folder', () => {
  const loaded = [...loadedBy(join(source, 'program/main.ts'))].map(file => relative(source, file))
  expect(loaded).toContain('registry/context.ts')
  expect(loaded.filter(file => file.startsWith('adapters/')).sort()).toEqual([
    'adapters/blob-s3/parse-s3-url.ts',
    'adapters/metadata-postgres/parse-postgres-url.ts',
    'adapters/metadata-sqlite/load-sqlite.ts',
    'adapters/metadata-sqlite/reserve-file.ts',
    'adapters/metadata-sqlite/sqlite-errors.ts',
  ])
})
