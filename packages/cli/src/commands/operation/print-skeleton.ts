import type { Operation } from '@berth/model'
import type { Client, Parameters } from '../../client/client.ts'
import { print } from '../../output/print.ts'
import { formatJson } from '../../python/format-json.ts'
import type { Context } from '../command.ts'
import { inputSkeleton, outputSkeleton } from './skeleton.ts'
import { yamlSkeleton } from './yaml-skeleton.ts'

/** Prints an input to fill in, as JSON or YAML whatever `--output` and `--query` say. */
export function printInputSkeleton(operation: Operation, kind: 'input' | 'yaml-input', { environment }: Context): void {
  const text =
    kind === 'input' ? `${formatJson(inputSkeleton(operation.input), { indent: 4 })}\n` : yamlSkeleton(operation)
  environment.stdout.write(text)
}

/** Checks the parameters as a call would, and prints a sample of an answer. @throws CommandError `usage` */
export async function printOutputSkeleton(
  client: Client,
  { operation, parameters }: { readonly operation: Operation; readonly parameters: Parameters },
  context: Context,
): Promise<void> {
  client.prepare(operation, parameters)
  await print({ one: outputSkeleton(operation, context) }, operation.name, context)
}
