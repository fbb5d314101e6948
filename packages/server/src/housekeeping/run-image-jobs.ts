import type { Rows } from '../ports/metadata-store.ts'
import type { ImageJob } from '../ports/rows/images/image-jobs.ts'
import type { RegistryContext } from '../registry/context.ts'
import { type EndedState, STEP_ITEMS, stepImageJob } from '../registry/deletions/step-image-job.ts'
import { inPieces, Pace, pause } from '../registry/pace.ts'

/** Milliseconds between two looks for jobs, whichever server they were begun at. */
const LOOK_MS = 2_000
/** Milliseconds after a step that failed. */
const AGAIN_MS = 15_000
const DAY_MS = 24 * 60 * 60 * 1000
/** Milliseconds for which a job that has ended is remembered. */
const KEPT_MS = 7 * DAY_MS
/** How many jobs are forgotten at a time. */
const FORGOTTEN = 20

export interface RunJobsOptions {
  /** Ends the work before its next step. */
  readonly signal: AbortSignal
  readonly lookMs?: number
  /** Called for each job that has ended here. */
  readonly onEnd: (job: ImageJob, state: EndedState) => void
  readonly onError: (error: unknown) => void
}

/**
 * Goes on with the jobs of all users until `signal` ends it, step by step: each time with the job whose last step is
 * the longest ago, so that none waits for the end of another. Any number of servers may do it at once.
 */
export async function runImageJobs(context: RegistryContext, options: RunJobsOptions): Promise<void> {
  const { signal, lookMs = LOOK_MS, onEnd, onError } = options
  const pace = new Pace(context.metadata, { most: STEP_ITEMS })
  let most = STEP_ITEMS
  while (!signal.aborted) {
    try {
      const news = await pace.work(size => stepImageJob(context, { size: Math.min(size, most) }))
      most =
        news.kind === 'tooLarge'
          ? Math.max(1, Math.floor(Math.min(most, pace.size) / 2))
          : Math.min(STEP_ITEMS, most * 2)
      if (news.kind === 'ended') onEnd(news.job, news.state)
      if (news.kind === 'idle') await pause(lookMs, signal)
      else await pace.rest(signal)
    } catch (error) {
      onError(error)
      await pause(AGAIN_MS, signal)
    }
  }
}

/** Forgets jobs that ended long ago. */
export async function forgetImageJobs({ metadata, clock }: RegistryContext, signal?: AbortSignal): Promise<void> {
  const forget = (rows: Rows, size: number) => rows.imageJobs.removeFinished(clock.now() - KEPT_MS, size)
  await inPieces(metadata, forget, { most: FORGOTTEN, signal })
}
