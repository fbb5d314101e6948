import type { Client } from '../../../client/client.ts'
import type { Environment } from '../../../environment.ts'
import { CommandError } from '../../../errors.ts'
import { NetworkError } from '../../../http/network-error.ts'
import type { Target } from '../../../http/target.ts'
import { isAmazon } from '../inventory/is-amazon.ts'
import { type Planned, removalsOf, totalsOf } from '../plan/totals.ts'
import type { Progress } from '../progress.ts'
import type { CleanRequest } from '../read-request.ts'
import { execute } from './execute-plan.ts'
import { createTally, type Result } from './tally.ts'

interface Running {
  readonly client: Client
  readonly endpoint: Target
  readonly request: CleanRequest
  readonly environment: Environment
  readonly progress: Progress
}

/**
 * Carries the plans out, one repository after the other. Ctrl-C lets the requests in flight finish; a second one ends
 * all.
 */
export async function runPlans(plans: readonly Planned[], running: Running): Promise<Result> {
  const { client, endpoint, request, environment, progress } = running
  const planned = plans.reduce((sum, { plan }) => sum + plan.removals.length, 0)
  const tally = createTally({ ...totalsOf(removalsOf(plans)), removals: planned })
  // Nobody knows what Amazon makes of a tag together with its digest.
  const pairs = !isAmazon(endpoint)
  let stopped = false
  const release = environment.onInterrupt(() => {
    stopped = true
    release()
    progress.clear()
    environment.stderr.write(
      'Stopping: the requests under way are finished first. Press Ctrl-C again to leave at once.\n',
    )
  })
  const advance = () => progress.at('deleting', tally.settled(), planned)
  try {
    advance()
    for (const { repository, plan } of plans) {
      if (stopped) break
      await execute({
        client,
        repository,
        plan,
        pairs,
        concurrency: request.concurrency,
        stopped: () => stopped,
        onOutcome(removal, outcome) {
          tally.add(repository, removal, outcome)
          advance()
        },
      })
    }
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof NetworkError)) throw error
    progress.clear()
    environment.stderr.write(`Gave up: ${error.message}\n`)
  } finally {
    release()
  }
  return tally.result(stopped)
}
