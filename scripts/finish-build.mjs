// The build's last step: the programs become executable, and dist remembers which sources it was made from.

import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { markBuilt, root } from './prepare.mjs'

const SHEBANG = '#!/usr/bin/env node\n'

for (const program of ['packages/server/dist/berthd.js', 'packages/cli/dist/berth.js']) {
  const path = join(root, program)
  if (!existsSync(path) || !readFileSync(path, 'utf8').startsWith(SHEBANG)) {
    console.error(`${program} must exist and start with ${JSON.stringify(SHEBANG)}`)
    process.exit(1)
  }
  chmodSync(path, 0o755)
}
markBuilt()
