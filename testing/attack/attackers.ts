// The process of the attackers: what it is to do comes as JSON on standard input, what it did goes out as JSON.

import { setPriority } from 'node:os'
import { text } from 'node:stream/consumers'
import { attacks, type Outcome } from './attacks.ts'
import type { Prepared } from './prepare.ts'

// Attackers take what the server and the measuring process leave of this machine: theirs would be others.
setPriority(19)
const job = JSON.parse(await text(process.stdin)) as { prepared: Prepared; names: string[]; seconds: number }
const end = Date.now() + job.seconds * 1000
const outcomes = await Promise.all(
  attacks
    .filter(({ name }) => job.names.includes(name))
    .map(async ({ name, run }) => {
      const outcome: Outcome = new Map()
      await run({ prepared: job.prepared, ended: () => Date.now() > end, outcome })
      return [name, Object.fromEntries(outcome)]
    }),
)
process.stdout.write(JSON.stringify(outcomes), () => process.exit(0))
