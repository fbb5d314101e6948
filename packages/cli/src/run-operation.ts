import type { Operation } from '@berth/model'
import { type OperationOption, operationOptions, withRequirements } from './argv/operation-options.ts'
import { type ArgumentSpec, type ArgumentValue, parseArguments } from './argv/parse-arguments.ts'
import { type Client, createClient, type Parameters } from './client.ts'
import type { Context } from './context.ts'
import { CommandError, exitCodes, unknownOptions } from './errors.ts'
import { reportPartialFailures } from './fail-on-partial.ts'
import type { Answer } from './output/formatter.ts'
import { print } from './output/print.ts'
import { type PagingOptions, paginate } from './paginate.ts'
import { readCliInput } from './parameters/cli-input.ts'
import { readParameter } from './parameters/read-parameter.ts'
import { inputSkeleton, outputSkeleton } from './skeleton.ts'
import { formatJson } from './values/format-json.ts'
import { parseInteger } from './values/python-int.ts'
import type { Value } from './values/value.ts'

/** A stray word after the options: reported after everything else that is not known. */
const STRAY: ArgumentSpec = { name: 'help', key: 'help', arity: 'optional', bare: '' }

/** Runs one operation from its own part of the command line to the printed answer. */
export async function runOperation(operation: Operation, argv: readonly string[], context: Context): Promise<number> {
  const options = operationOptions(operation)
  const { values, rest } = parseArguments([...withRequirements(options, argv), STRAY], argv)
  const stray = values.get('help')
  const unknown = stray ? [...rest, String(stray)] : rest
  if (unknown.length > 0) throw unknownOptions(unknown)
  const given = (key: string) => textOf(values.get(key))

  const paging = pagingOptions(given)
  const hiddenUsed = options.some(option => option.hidden && values.has(option.key))
  const paginated = context.options.paginate && operation.pagination !== undefined && !hiddenUsed
  if (!paginated) refusePaging(operation, paging)

  const typed = await readTyped(options, values, context)
  const document = await readCliInput(
    { json: given('cli-input-json'), yaml: given('cli-input-yaml') },
    context.environment,
  )
  const parameters = new Map([...typed, ...[...document].filter(([name]) => !typed.has(name))])
  const skeleton = given('generate-cli-skeleton')
  if (skeleton === 'input' || skeleton === 'yaml-input') return printInputSkeleton(operation, skeleton, context)

  const { pagination } = operation
  const pagedByInput =
    pagination !== undefined && [pagination.inputToken, pagination.limitKey].some(key => document.has(key))
  if (pagedByInput) refusePaging(operation, paging)
  const client = await createClient(context)
  if (skeleton === 'output') return printOutputSkeleton(client, operation, parameters, paging, context)

  const answer: Answer =
    paginated && pagination && !pagedByInput
      ? { pages: paginate(client, { operation, pagination, parameters }, paging) }
      : { one: await client.call(operation, parameters) }
  await print(answer, operation.name, context)
  return 'one' in answer && context.options.failOnPartial
    ? reportPartialFailures(answer.one, context.environment)
    : exitCodes.ok
}

const textOf = (value: ArgumentValue | undefined) => (typeof value === 'string' ? value : undefined)

function pagingOptions(given: (key: string) => string | undefined): PagingOptions {
  const startingToken = given('starting-token')
  const pageSize = parseInteger(given('page-size') ?? '')
  const maxItems = parseInteger(given('max-items') ?? '')
  return {
    ...(startingToken !== undefined && { startingToken }),
    ...(pageSize !== undefined && { pageSize }),
    ...(maxItems !== undefined && { maxItems }),
  }
}

function refusePaging({ pagination }: Operation, { startingToken, pageSize, maxItems }: PagingOptions): void {
  if (!pagination) return
  const used = [
    ...(startingToken ? ['--starting-token'] : []),
    ...(pageSize ? ['--page-size'] : []),
    ...(maxItems ? ['--max-items'] : []),
  ]
  if (used.length === 0) return
  throw new CommandError('usage', `Cannot specify --no-paginate along with pagination arguments: ${used.join(', ')}`)
}

/** The parameters of the command line, in the order of the model. */
async function readTyped(
  options: readonly OperationOption[],
  values: ReadonlyMap<string, ArgumentValue>,
  { environment }: Context,
): Promise<Map<string, Value>> {
  const parameters = new Map<string, Value>()
  for (const { name, key, member } of options) {
    const value = values.get(key)
    if (member === undefined || value === undefined || parameters.has(member.name)) continue
    parameters.set(member.name, await readParameter(name, member.shape, value, environment))
  }
  return parameters
}

async function printInputSkeleton(operation: Operation, kind: 'input' | 'yaml-input', { environment }: Context) {
  if (kind === 'input') {
    environment.stdout.write(`${formatJson(inputSkeleton(operation.input), { indent: 4 })}\n`)
  } else {
    const { yamlSkeleton } = await import('./yaml-skeleton.ts')
    environment.stdout.write(yamlSkeleton(operation))
  }
  return exitCodes.ok
}

async function printOutputSkeleton(
  client: Client,
  operation: Operation,
  parameters: Parameters,
  paging: PagingOptions,
  context: Context,
): Promise<number> {
  // The original lets this slip through to validation, where it is no known parameter.
  const stray = Object.keys(paging).length > 0 ? [['PaginationConfig', new Map()] as const] : []
  client.prepare(operation, new Map<string, Value>([...parameters, ...stray]))
  await print({ one: outputSkeleton(operation, context) }, operation.name, context)
  return exitCodes.ok
}
