import type { Operation } from '@berth/model'
import { operationOptions } from '../../argv/operation-options.ts'
import { createClient } from '../../client/client.ts'
import { print } from '../../output/print.ts'
import type { Command } from '../command.ts'
import type { Example } from './page.ts'
import { type Manner, runOperation } from './run-operation.ts'

type OperationCommand = Partial<Manner> & {
  /** The words that call the command, after `berth`. */
  readonly words: readonly [first: string, ...more: string[]]
  readonly operation: Operation
  readonly imagesFrom?: Command['imagesFrom'] | undefined
  readonly examples: () => Promise<readonly Example[]>
}

/** A command that runs one operation as commands of ECR Public do, unless it has a manner of its own. */
export const operationCommand = ({ words, operation, examples, imagesFrom, ...manner }: OperationCommand): Command => ({
  name: words.at(-1) ?? words[0],
  summary: operation.documentation,
  options: () => operationOptions(operation),
  ...(imagesFrom && { imagesFrom }),
  page: async () => (await import('./page.ts')).operationPage(words.join(' '), operation, await examples()),
  run: (argv, context) => runOperation(operation, argv, context, { connect: createClient, show: print, ...manner }),
})
