import { setTimeout as delay } from 'node:timers/promises'
import { inParallel } from '@berth/lifecycle'
import type { Client } from '../../../client/client.ts'
import { CommandError } from '../../../errors.ts'
import { NetworkError } from '../../../http/network-error.ts'
import type { Repository } from '../inventory/repositories.ts'
import type { Removal, RepositoryPlan } from '../plan/plan.ts'
import { batchesOf } from './batches.ts'
import { callDelete, type Outcome } from './call-delete.ts'
import { isAsPlanned, lookAgain } from './last-look.ts'

export interface Execution {
  readonly client: Client
  readonly repository: Repository
  readonly plan: RepositoryPlan
  readonly concurrency: number
  /** Whether a tag may be named together with its digest, as `idsOf` takes it. */
  readonly pairs: boolean
  /** Asked before every batch. Once it is true, only batches in flight are finished. */
  readonly stopped: () => boolean
  readonly onOutcome: (removal: Removal, outcome: Outcome) => void
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

/**
 * How often a removal is tried again where the registry still holds on to what a deleted index listed. A registry may
 * take a moment to notice that the index is gone. The pause before each round grows by ROUND_PAUSE_MS.
 */
const MORE_ROUNDS = 2
const ROUND_PAUSE_MS = 2000
const STILL_LISTED = 'ImageReferencedByManifestList'
/** The code of the failure where somebody deleted the repository meanwhile, and its images with it. */
export const NO_REPOSITORY = 'RepositoryNotFoundException'

/** After this many batches in a row that failed as a whole, the run ends: the registry does not work. */
const MOST_FAILED_BATCHES = 3

/**
 * Deletes what a plan says, batch by batch. Outcomes are told one by one; a removal of which nothing is told was not
 * tried.
 * @throws CommandError or NetworkError when the registry refuses or fails the batches as such
 */
export async function execute(execution: Execution): Promise<void> {
  const { client, repository, plan, concurrency, pairs, stopped, onOutcome, pause = delay } = execution
  const staying = new Set<string>()
  let failedInARow = 0
  let round = 0
  let again: Removal[] = []
  let end: Error | undefined

  const settle = (removal: Removal, outcome: Outcome) => {
    if ('code' in outcome) {
      if (outcome.code === STILL_LISTED && removal.holders.length > 0 && round < MORE_ROUNDS) {
        again.push(removal)
        return
      }
      staying.add(removal.image.digest)
    }
    onOutcome(removal, outcome)
  }

  const deleteBatch = async (batch: readonly Removal[]) => {
    if (stopped() || end) return
    const free = batch.filter(removal => {
      const holder = removal.holders.find(each => staying.has(each))
      if (holder !== undefined)
        settle(removal, { kind: 'skipped', code: 'HolderStays', reason: `${holder} was not deleted` })
      return holder === undefined
    })
    let open: readonly Removal[] = free
    try {
      const current = await lookAgain(client, repository, [...new Set(free.map(({ image }) => image.digest))])
      open = free.filter(removal => {
        const tags = current.get(removal.image.digest)
        if (tags && isAsPlanned(removal, tags)) return true
        settle(removal, tags ? CHANGED : { kind: 'gone' })
        return false
      })
      if (open.length > 0) {
        for (const [removal, outcome] of await callDelete(client, repository, open, pairs)) settle(removal, outcome)
      }
      failedInARow = 0
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof NetworkError)) throw error
      const code = (error instanceof CommandError && error.code) || 'RequestFailed'
      if (code === NO_REPOSITORY) {
        for (const removal of open) settle(removal, { kind: 'gone' })
        return
      }
      for (const removal of open) settle(removal, { kind: 'failed', code, reason: error.message })
      failedInARow++
      if (isFinal(error) || failedInARow >= MOST_FAILED_BATCHES) end ??= error
    }
  }

  for (let removals = plan.removals; removals.length > 0; removals = again) {
    again = []
    for (const batches of batchesOf(removals)) await inParallel(batches, concurrency, deleteBatch)
    if (end) throw end
    if (again.length > 0 && !stopped()) await pause(++round * ROUND_PAUSE_MS)
    if (stopped()) return
  }
}

const CHANGED: Outcome = {
  kind: 'skipped',
  code: 'ChangedSincePlan',
  reason: 'its tags are not those of the plan any more',
}

/**
 * Codes of failures that another plan may not meet: the images were others by then, or the way to the registry was
 * troubled.
 */
const OF_THE_MOMENT = new Set([
  'RequestFailed',
  'NotAnswered',
  'ChangedSincePlan',
  'ImageTagDoesNotMatchDigest',
  'KmsError',
  STILL_LISTED,
])

/**
 * Whether the same command may succeed after a failure with this code. A failure that follows from another is judged by
 * that one.
 */
export const mayPass = (code: string): boolean => OF_THE_MOMENT.has(code) || PASSING.test(code)

/** A server's own trouble. */
const PASSING = /^(?:5\d\d|ServerException|.*Thrott.*|TooMany.*)$/

/**
 * Whether every other batch will fail in the same way, such as for a lack of permission. A server's own trouble may
 * pass.
 */
const isFinal = (error: Error) => error instanceof CommandError && !PASSING.test(error.code ?? '')
