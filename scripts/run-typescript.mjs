// node scripts/run-typescript.mjs FILE.ts ARGUMENTS: runs a TypeScript program, which Node 20 cannot do by itself.

import { pathToFileURL } from 'node:url'
import { importTypeScript } from '../bench/import-typescript.mjs'

const [file] = process.argv.splice(2, 1)
if (file === undefined) {
  console.error('usage: node scripts/run-typescript.mjs FILE.ts [ARGUMENT...]')
  process.exit(2)
}
await importTypeScript(pathToFileURL(file).href)
