// npm start: prepares the checkout when that is needed, then becomes berthd, with the arguments given after `--`.
// The server runs in this very process: signals, the terminal and the exit code need no passing on.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { prepare, root } from './prepare.mjs'

const PASSED_ON_WITHIN_MS = 250

prepare()
// npm passes on the Ctrl-C that the terminal has sent to everyone already. The repetition must find a process that
// still listens: one that comes while Node winds up would count as death by a signal.
process.once('SIGINT', () => setTimeout(() => {}, PASSED_ON_WITHIN_MS))
const berthd = join(root, 'packages/server/dist/berthd.js')
process.argv[1] = berthd
await import(pathToFileURL(berthd).href)
