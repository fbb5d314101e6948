import type { Rows } from '../../ports/metadata-store.ts'
import { isLack } from '../../registry/repositories/repository-ref.ts'
import { requireFound } from '../access/found-repository.ts'
import type { Target, Targets } from './targets.ts'

const READS = /^(?:Describe|Get|List|BatchCheck)/

/**
 * The same operations, but for a repository that vanishes between the look that authorized a call and what the call
 * reads:
 * that is what its caller hears, and not of an empty list or a missing image. What changes rows sees to that itself, in
 * its transaction.
 */
export function whereStillThere(targets: Targets, rows: Rows): Targets {
  return new Map(Array.from(targets, ([name, target]) => [name, stillThere(target, rows)]))
}

function stillThere(target: Target, rows: Rows): Target {
  return {
    ...target,
    async run(input, call) {
      try {
        const output = await target.run(input, call)
        if (READS.test(target.operation)) await requireFound(rows, call.caller)
        return output
      } catch (error) {
        if (isLack(error)) await requireFound(rows, call.caller)
        throw error
      }
    },
  }
}
