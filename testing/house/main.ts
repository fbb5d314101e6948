// Part of `npm run check`. Ends with 1 where the project breaks a rule of its house. An exception that is not needed
// any more is told of here, and fails `npm test`.

import { fileURLToPath } from 'node:url'
import { EXCEPTIONS } from './exceptions.ts'
import { judge } from './judge.ts'
import { inspect } from './rules.ts'

const { broken, unneeded } = judge(inspect(fileURLToPath(new URL('../..', import.meta.url))), EXCEPTIONS)
for (const each of unneeded) console.warn(`not needed in testing/house/exceptions.ts: ${each}`)
for (const each of broken) console.error(each)
if (broken.length > 0) console.error('\nThe rules of the house are in CONTRIBUTING.md.')
process.exitCode = broken.length > 0 ? 1 : 0
