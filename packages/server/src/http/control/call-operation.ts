import { type JsonValue, operations, service } from '@berth/model'
import { berth, berthOperations } from '@berth/model/berth'
import { ecr, ecrOperations } from '@berth/model/ecr'
import type { ControlCaller } from '../access/control-caller.ts'
import type { ControlDependencies } from './call.ts'
import { createBerthHandlers, createHandlers } from './handlers/all-operations.ts'
import { lifecycleHandlers } from './handlers/lifecycle.ts'
import { whereStillThere } from './still-there.ts'
import { type Targets, targetsOf } from './targets.ts'

/** All operations that this server has, by the value of `X-Amz-Target`. */
export function createTargets(options: ControlDependencies): Targets {
  const targets = new Map([
    ...targetsOf(service, operations, createHandlers(options)),
    ...targetsOf(ecr, ecrOperations, lifecycleHandlers(options)),
    ...targetsOf(berth, berthOperations, createBerthHandlers(options)),
  ])
  return whereStillThere(targets, options.context.metadata.rows)
}

/** The input of an operation, as JSON has it. */
export type CallInput = JsonValue

/** The output of an operation, and its warnings. */
export interface Called {
  readonly output: JsonValue
  readonly warnings: readonly string[]
}

/** Asks for `answerBytes` of room before more than a little of an answer is read. */
export type MakeRoom = (answerBytes?: number) => Promise<void>

/**
 * Does an operation by its name for a caller who has proved to be one, with the checks, the policies and the record of
 * a call over the wire. @throws ProblemError as the operation
 */
export type CallOperation = (
  name: string,
  input: CallInput,
  caller: ControlCaller,
  makeRoom: MakeRoom,
) => Promise<Called>

/** Makes `CallOperation` for callers that come over no wire. No two services have an operation of the same name. */
export function createCallOperation(targets: Targets): CallOperation {
  const byName = new Map(Array.from(targets.values(), target => [target.operation, target]))
  return async (name, input, caller, makeRoom) => {
    const target = byName.get(name)
    if (target === undefined) throw new TypeError(`there is no operation ${name}`)
    const warnings: string[] = []
    const warn = (text: string) => void warnings.push(text)
    // No caller of this kind is told where the server is.
    const output = await target.run(input, { caller, makeRoom, warn, registryHost: '', publicUrl: '' })
    return { output: output.json(), warnings }
  }
}
