import { randomUUID } from 'node:crypto'
import type { Actor } from '../../domain/actor.ts'
import { BackupRefused } from '../../ports/backup-folder.ts'
import { elapsedMs } from '../../ports/clock.ts'
import { LONGEST_HOLD_MS } from '../../ports/rows/blobs/journal.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext } from '../context.ts'

const RENEW_MS = 60_000
/** By how much the clocks of servers may differ, at most. */
const SLACK_MS = 60_000

/** Has the journal of removals wait, on every server. */
export interface RemovalHold extends AsyncDisposable {
  /** @throws BackupRefused where removals have waited for as long as they may */
  requireTime(): void
}

/**
 * Has removals wait until the hold is disposed of, for so many milliseconds at most. After a kill of this process they
 * wait for five minutes. The audit log tells of the hold from the same transaction on.
 */
export async function holdRemovals(
  { metadata, clock }: Pick<RegistryContext, 'metadata' | 'clock'>,
  { actor, mostMs, detail }: { actor: Actor; mostMs: number; detail: string },
): Promise<RemovalHold> {
  const holdId = randomUUID()
  const begunAt = clock.now()
  const endsMs = elapsedMs(clock) + mostMs
  const leftMs = () => endsMs - elapsedMs(clock)
  const until = () => clock.now() + Math.min(LONGEST_HOLD_MS, leftMs())
  await metadata.transaction(async rows => {
    await rows.journal.hold(holdId, until(), begunAt - SLACK_MS)
    await recordDeeds(rows, actor, begunAt, [{ action: 'CreateBackup', detail }])
  })
  // A renewal that fails is tried again: it has several tries before the hold is over.
  const renew = () =>
    metadata.transaction(rows => rows.journal.hold(holdId, until(), clock.now() - SLACK_MS)).catch(() => {})
  let renewing: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    renewing = renew()
  }, RENEW_MS)
  return {
    requireTime() {
      if (leftMs() > 0) return
      throw new BackupRefused(
        `The last part of the backup took longer than the ${Math.round(mostMs / 60_000)} minutes for which deleted ` +
          'bytes wait. Run it again, which copies only what is new, or give it more time with --hold-minutes.',
      )
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await renewing
      await metadata.transaction(rows => rows.journal.release(holdId)).catch(() => {})
    },
  }
}
