import { isOutage } from '../domain/problem.ts'
import { countOnThread } from '../housekeeping/count-freed-on-thread.ts'
import { previewOnThread } from '../housekeeping/preview-on-thread.ts'
import { monotonicClock } from '../ports/clock.ts'
import { Passwords } from '../registry/access/passwords.ts'
import { RateLimits } from '../registry/access/rate-limits.ts'
import { RATE_PLANS } from '../registry/access/rate-plans.ts'
import { Removals } from '../registry/blobs/removals.ts'
import { Uploads } from '../registry/blobs/uploads.ts'
import type { CountFreed } from '../registry/deletions/count-freed.ts'
import { Describer } from '../registry/gallery/describer.ts'
import { Pulls } from '../registry/images/pull.ts'
import { PullNotes } from '../registry/images/pull-notes.ts'
import type { FindExpiring } from '../registry/lifecycle/previews.ts'
import type { OpenRegistry } from '../storage/open-registry.ts'
import type { ServerProcess } from './server-process.ts'

const HOUR_MS = 60 * 60 * 1000

/** The use cases that remember something between two requests. The whole server has one of each. */
export interface UseCases {
  readonly uploads: Uploads
  readonly removals: Removals
  readonly pulls: Pulls
  readonly pullNotes: PullNotes
  readonly passwords: Passwords
  readonly rateLimits: RateLimits
  readonly findExpiring: FindExpiring
  readonly countFreed: CountFreed
  /** Looks up what pages show of what is pushed; undefined where no pages are served. */
  readonly describer: Describer | undefined
}

/** Makes the use cases of a server, the second step of `serve`. */
export function createUseCases(
  { config, log, ending, noteOutage }: ServerProcess,
  { context, signingKeys }: OpenRegistry,
): UseCases {
  const failed = (what: string) => (error: unknown) =>
    isOutage(error) ? noteOutage(error, {}) : log.error({ err: error }, what)
  const notRemoved = failed('removing bytes failed; trying again later')
  const removals = new Removals(context, notRemoved, { signal: ending.signal })
  const pullNotes = new PullNotes(context, failed('writing pull times failed'))
  const notDescribed = failed('looking up what was pushed failed; housekeeping tries again')
  const describer = config.gallery ? new Describer(context, ending.signal, notDescribed) : undefined
  if (describer !== undefined) context.pushed?.hear(() => describer.begin())
  return {
    describer,
    uploads: new Uploads(context, removals),
    removals,
    pulls: new Pulls(context, pullNotes),
    pullNotes,
    passwords: new Passwords(context, signingKeys, {
      userMs: config.tokenHours * HOUR_MS,
      anonymousMs: config.anonymousTokenHours * HOUR_MS,
    }),
    rateLimits: new RateLimits(RATE_PLANS[config.rateLimits], monotonicClock),
    findExpiring: previewOnThread(config),
    countFreed: countOnThread(config, context),
  }
}
