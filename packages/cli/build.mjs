// Bundles the command line: berth.js with what every command needs, and a file each for what few commands load.

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('.', import.meta.url))
const dist = join(folder, 'dist')
const { resolve } = createRequire(import.meta.url)

mkdirSync(dist, { recursive: true })
for (const name of readdirSync(dist, { withFileTypes: true })) {
  if (name.isFile() && name.name.endsWith('.js')) rmSync(join(dist, name.name))
}
await build({
  entryPoints: { berth: join(folder, 'src/berth.ts') },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Small files are read and compiled sooner; names are kept readable for stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  mainFields: ['module', 'main'],
  // Its build for browsers is made of modules, of which only what is used is taken.
  alias: { yaml: join(dirname(resolve('yaml/package.json')), 'browser/index.js') },
  legalComments: 'none',
  chunkNames: 'part-[name]-[hash]',
  banner: { js: '#!/usr/bin/env node' },
})
