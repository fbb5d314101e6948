import { elapsedMs } from '../ports/clock.ts'
import type { PassRow } from '../ports/rows/upkeep/passes.ts'
import { forgetEndedSessions } from '../registry/access/sessions.ts'
import { purgeDueImages } from '../registry/bin/purge-images.ts'
import type { Removals } from '../registry/blobs/removals.ts'
import type { ExpiredUploads } from '../registry/blobs/uploads.ts'
import type { RegistryContext } from '../registry/context.ts'
import { describeImages } from '../registry/gallery/describe-images.ts'
import { countPulls } from '../registry/gallery/search-index.ts'
import { forgetPullCounts } from '../registry/images/pull-counts.ts'
import { forgetTagMoves } from '../registry/images/tag-history.ts'
import { finishDeletions } from '../registry/repositories/delete-repository.ts'
import { type CollectOptions, Collector } from './collector.ts'
import { mendReferences } from './mend-references.ts'
import { notePushTimes } from './note-push-times.ts'
import { orderTags } from './order-tags.ts'
import { forgetImageJobs } from './run-image-jobs.ts'

export interface PassTools {
  readonly context: RegistryContext
  readonly removals: Removals
}

export interface PassOptions extends CollectOptions {
  /** The uploads that were given up before the pass, by a process that knows which are at work. */
  readonly ended: ExpiredUploads
  readonly ranBy: PassRow['ranBy']
  /** How many images lifecycle policies deleted before, in the same pass; 0 where they were not run. */
  readonly imagesExpired?: number
  /** Called for a step that failed. The other steps are done all the same. */
  readonly onError: (error: unknown) => void
}

/**
 * Runs one pass of the collector. It empties deleted repositories, and deletes images whose time in the bin is over,
 * with what is known of tags for as long. Then it reviews the blobs that are due, and empties the journal. Passes of
 * several processes may overlap. The pass's figures are stored for `berthd admin gc status`.
 */
export async function runPass({ context, removals }: PassTools, options: PassOptions): Promise<PassRow> {
  const { ended, ranBy, imagesExpired = 0, onError, signal } = options
  const startedAt = context.clock.now()
  const begunMs = elapsedMs(context.clock)
  let failures = 0
  const failed = (error: unknown) => {
    failures += 1
    onError(error)
  }
  await finishDeletions(context, signal).catch(failed)
  const purged = await purgeDueImages(context, signal).catch(failed)
  await forgetTagMoves(context, signal).catch(failed)
  await forgetImageJobs(context, signal).catch(failed)
  await forgetEndedSessions(context, signal).catch(failed)
  await countPulls(context, signal).catch(failed)
  await forgetPullCounts(context, signal).catch(failed)
  await notePushTimes(context, signal).catch(failed)
  await orderTags(context, signal).catch(failed)
  await describeImages(context, signal).catch(failed)
  // References that no release has recorded yet look as if nothing needed their targets.
  const isMended = await mendReferences(context, signal).catch(failed)
  const collected =
    isMended === true ? await new Collector(context, removals).collect(options).catch(failed) : undefined
  const pass: PassRow = {
    ranBy,
    startedAt,
    durationMs: Math.round(elapsedMs(context.clock) - begunMs),
    uploadsExpired: ended.expired,
    imagesExpired,
    imagesPurged: purged ?? 0,
    blobsCollected: collected?.blobs ?? 0,
    bytesCollected: collected?.bytes ?? 0,
    keysRemoved: ended.removed + (collected?.removed ?? 0),
    failures: failures + ended.failures + (collected?.failures ?? 0),
  }
  await context.metadata.transaction(rows => rows.passes.put(pass)).catch(onError)
  return pass
}
