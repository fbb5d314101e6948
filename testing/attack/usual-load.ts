// The process of the usual load: what it is to do comes as JSON on standard input, what it saw goes out as JSON.

import { setPriority } from 'node:os'
import { text } from 'node:stream/consumers'
import { connected, usualLoad } from './load.ts'
import type { Prepared } from './prepare.ts'

/** The server has been at work for a while when it is measured. */
const WARM_SECONDS = 2

// The measuring process runs before the attackers, or the times would be its own. Only root may ask for that.
try {
  setPriority(-15)
} catch {}
const job = JSON.parse(await text(process.stdin)) as { prepared: Prepared; seconds: number }
const agent = await connected(job.prepared)
await usualLoad(job.prepared, WARM_SECONDS, agent)
process.stdout.write('begun\n')
const seen = await usualLoad(job.prepared, job.seconds, agent)
process.stdout.write(JSON.stringify({ ...seen, refused: [...seen.refused] }), () => process.exit(0))
