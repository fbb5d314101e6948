// The build's last step: the programs become executable, and dist remembers which sources it was made from.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { markBuilt, root } from './prepare.mjs'

const SHEBANG = '#!/usr/bin/env node\n'
const NO_EXPORTS = 'export {};\n'

for (const program of [
  'packages/server/dist/berthd.js',
  'packages/cli/dist/berth.js',
  'packages/cli/dist/docker-credential-berth.js',
]) {
  const path = join(root, program)
  if (!existsSync(path) || !readFileSync(path, 'utf8').startsWith(SHEBANG)) {
    console.error(`${program} must exist and start with ${JSON.stringify(SHEBANG)}`)
    process.exit(1)
  }
  // Of a module without exports the compiler says so in a line that Node 10 cannot read: it is to tell its age instead.
  const text = readFileSync(path, 'utf8')
  if (text.endsWith(NO_EXPORTS)) writeFileSync(path, text.slice(0, -NO_EXPORTS.length))
  chmodSync(path, 0o755)
}
markBuilt()
