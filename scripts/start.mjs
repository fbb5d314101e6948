// npm start: prepares the checkout when that is needed, then becomes berthd, with the arguments given after `--`.
// The server runs in this very process: signals, the terminal and the exit code need no passing on.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { prepare, root } from './prepare.mjs'

prepare()
const berthd = join(root, 'packages/server/dist/berthd.js')
process.argv[1] = berthd
await import(pathToFileURL(berthd).href)
