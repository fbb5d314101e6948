import type { Rows } from '../../ports/metadata-store.ts'
import { isLack } from '../../registry/repositories/repository-ref.ts'
import { requireFound } from '../access/found-repository.ts'
import type { Target, Targets } from './targets.ts'

const READS = /^(?:Describe|Get|List|BatchCheck)/

/**
 * Makes each operation look at its repository once more. Where the repository vanished after the call was authorized,
 * the caller is told so, and not of an empty list or a missing image. Calls that change rows look again themselves, in
 * their transaction.
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
