import type { Operation } from '@berth/model'
import { globalOptions } from '../../argv/global-options.ts'
import { type OperationOption, operationOptions, withRequirements } from '../../argv/operation-options.ts'
import { type ArgumentSpec, type ArgumentValue, parseArguments } from '../../argv/parse-arguments.ts'
import { suggestOptions } from '../../argv/suggest-options.ts'
import type { Client, Parameters } from '../../client/client.ts'
import { paginate } from '../../client/paginate.ts'
import { exitCodes, unknownOptions } from '../../errors.ts'
import type { Answer } from '../../output/answer.ts'
import type { print } from '../../output/print.ts'
import { withReader } from '../../output/with-reader.ts'
import { readParameter } from '../../parameters/read-parameter.ts'
import type { Value } from '../../python/value.ts'
import type { Context, Outcome } from '../command.ts'
import { HELP } from '../run-command.ts'
import { pagingOptions, refusePaging } from './paging-options.ts'

/** A stray word after the options. It is reported after everything else that is not known. */
const STRAY: ArgumentSpec = { name: HELP, key: HELP, arity: 'optional', bare: '' }

/** How a command runs its operation. */
export interface Manner {
  readonly connect: (context: Context) => Promise<Client>
  /** Prints the answer. */
  readonly show: typeof print
}

/**
 * Runs one operation, from its own part of the command line to the printed answer. Returns `help` where its page was
 * asked for.
 */
export async function runOperation(
  operation: Operation,
  argv: readonly string[],
  context: Context,
  { connect, show }: Manner,
): Promise<Outcome> {
  const options = operationOptions(operation)
  const values = parse(options, argv)
  if (values.get(STRAY.key) === HELP) return 'help'
  const { pagination } = operation
  const paging = pagingOptions(values)
  const pagedByHand = options.some(option => option.hidden && values.has(option.key))
  const paginated = context.options.paginate && pagination !== undefined && !pagedByHand
  if (!paginated) refusePaging(paging)

  const typed = readTyped(options, values, context)
  const document = await readDocument(values, context)
  const parameters = new Map([...typed, ...[...document].filter(([name]) => !typed.has(name))])
  const pagedByDocument =
    pagination !== undefined && [pagination.inputToken, pagination.limitKey].some(name => document.has(name))
  const skeleton = values.get('generate-cli-skeleton')
  if (skeleton === 'input' || skeleton === 'yaml-input') {
    const { printInputSkeleton } = await import('./print-skeleton.ts')
    printInputSkeleton(operation, skeleton, context)
    return exitCodes.ok
  }
  const client = await connect(context)
  // Where nothing is paged the original lets these options slip through to validation, as no known parameter.
  const unpaged = skeleton === 'output' || pagedByDocument
  if (unpaged && Object.keys(paging).length > 0) parameters.set('PaginationConfig', new Map())
  if (skeleton === 'output') {
    const { printOutputSkeleton } = await import('./print-skeleton.ts')
    await printOutputSkeleton(client, { operation, parameters }, context)
    return exitCodes.ok
  }
  const answer: Answer =
    paginated && !pagedByDocument
      ? { pages: paginate(client, { operation, pagination, parameters }, paging) }
      : { one: await client.call(operation, parameters) }
  const showing = () => show(answer, operation.name, context)
  await (operation.name === 'GetAuthorizationToken' ? withReader(showing) : showing())
  if (!context.options.failOnPartial || !('one' in answer)) return exitCodes.ok
  const { reportPartialFailures } = await import('./fail-on-partial.ts')
  return reportPartialFailures(answer.one, context.environment)
}

function parse(options: readonly OperationOption[], argv: readonly string[]): ReadonlyMap<string, ArgumentValue> {
  const { values, rest } = parseArguments([...withRequirements(options, argv), STRAY], argv)
  const stray = values.get(STRAY.key)
  if (stray === HELP) return values
  const unknown = stray ? [...rest, String(stray)] : rest
  if (unknown.length > 0) throw unknownOptions(unknown, suggestOptions(unknown, visibleNames(options)))
  return values
}

const visibleNames = (options: readonly OperationOption[]): string[] =>
  [...options.filter(option => !option.hidden), ...globalOptions].map(option => option.name)

/** The parameters of the command line, in the order of the model. */
function readTyped(
  options: readonly OperationOption[],
  values: ReadonlyMap<string, ArgumentValue>,
  { environment }: Context,
): Map<string, Value> {
  const parameters = new Map<string, Value>()
  for (const { name, key, member } of options) {
    const value = values.get(key)
    if (member === undefined || value === undefined || parameters.has(member.name)) continue
    parameters.set(member.name, readParameter(name, member.shape, value, environment))
  }
  return parameters
}

/** The parameters of `--cli-input-json` or `--cli-input-yaml`. */
async function readDocument(values: ReadonlyMap<string, ArgumentValue>, { environment }: Context): Promise<Parameters> {
  const text = (key: string) => {
    const value = values.get(key)
    return typeof value === 'string' ? value : undefined
  }
  const input = { json: text('cli-input-json'), yaml: text('cli-input-yaml') }
  if (input.json === undefined && input.yaml === undefined) return new Map()
  const { readCliInput } = await import('../../parameters/cli-input.ts')
  return readCliInput(input, environment)
}
