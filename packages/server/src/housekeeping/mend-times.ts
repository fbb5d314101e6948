import type { LongestTimes, WrongTimes } from '../ports/rows/upkeep/times.ts'
import { LONGEST_RETRY_MS } from '../registry/blobs/removals.ts'
import { UPLOAD_LIFETIME_MS } from '../registry/blobs/upload-sessions.ts'
import { BLOB_LEASE_MS, type RegistryContext } from '../registry/context.ts'
import { Pace } from '../registry/pace.ts'

/** By how much the clocks of servers may differ, at most. */
const SLACK_MS = 60_000

/**
 * The longest times that a right clock writes. A server may have been given another lease than its neighbours, or than
 * it had before.
 */
const longestTimes = ({ blobLeaseMs }: RegistryContext): LongestTimes => ({
  slackMs: SLACK_MS,
  blobLeaseMs: Math.max(2 * blobLeaseMs, BLOB_LEASE_MS),
  uploadMs: UPLOAD_LIFETIME_MS,
  retryMs: LONGEST_RETRY_MS,
})

/**
 * Puts back all times that lie further ahead than a right clock could have put them, so that work goes on as if they
 * had never been. Returns how many of each kind there were.
 */
export async function mendTimes(context: RegistryContext, signal?: AbortSignal): Promise<WrongTimes> {
  const { metadata, clock } = context
  const longest = longestTimes(context)
  const mended: Record<string, number> = {}
  const pace = new Pace(metadata)
  while (signal?.aborted !== true && (await metadata.rows.times.areWrong(clock.now(), longest))) {
    const some = await pace.work(() => metadata.transaction(rows => rows.times.mend(clock.now(), longest)))
    for (const [kind, count] of Object.entries(some)) mended[kind] = (mended[kind] ?? 0) + count
    if (Object.keys(some).length === 0) break
    await pace.rest(signal)
  }
  return mended
}
