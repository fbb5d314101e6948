import type { Operation, ServiceNames } from '@berth/model'
import type { Client } from '../../client/client.ts'
import { print } from '../../output/print.ts'
import type { Command, ImageListing } from '../command.ts'
import { operationCommand } from '../operation/operation-command.ts'
import type { Example } from '../operation/page.ts'
import type { Manner } from '../operation/run-operation.ts'
import { oneOf } from '../run-command.ts'
import { connectTo } from './berth-client.ts'

/** The repository that examples name. */
export const REPOSITORY = '--repository-name project-a/nginx-web-app'

interface BerthCommand {
  /** The words that call the command, after `berth`. */
  readonly words: readonly [first: string, ...more: string[]]
  readonly operation: Operation
  readonly service: ServiceNames
  readonly examples?: readonly Example[]
  readonly imagesFrom?: ImageListing
  /** Makes a client of which one call stands for several requests. */
  readonly throughClient?: (client: Client) => Client
  readonly show?: Manner['show']
}

/** A command that runs one operation of a service that only berth's servers have. */
export const berthCommand = ({
  words,
  operation,
  service,
  examples = [],
  imagesFrom,
  throughClient = client => client,
  show = print,
}: BerthCommand): Command =>
  operationCommand({
    words,
    operation: { ...operation, cliName: words.join(' ') },
    imagesFrom,
    examples: async () => examples,
    connect: async context => throughClient(await connectTo(service, context)),
    show,
  })

/** Commands under one name. On their page, `about` tells what they are for. */
export const berthGroup = (
  group: { readonly name: string; readonly summary: string; readonly about: string },
  commands: readonly Command[],
): Command => ({
  name: group.name,
  summary: group.summary,
  commands,
  page: async () => (await import('./group-page.ts')).groupPage(group, commands),
  run: oneOf('subcommand', commands),
})

/** The operation, with help that says that the command prints a table for people. */
export const withTable = (operation: Operation): Operation => ({
  ...operation,
  documentation: `${operation.documentation} Without a format, by --output or by a setting, it prints a table.`,
})
