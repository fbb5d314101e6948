import { service } from '@berth/model'
import { expandAlias, runShell } from '../../config/aliases.ts'
import { metadataPatience } from '../../config/settings.ts'
import type { Command } from '../command.ts'
import { operationCommand } from '../operation/operation-command.ts'
import { oneOf } from '../run-command.ts'
import { LOGIN_PASSWORD, loginPassword } from './login-password.ts'
import { operationList } from './operations.ts'

const getLoginPassword: Command = {
  name: LOGIN_PASSWORD,
  summary: 'prints a password for image clients',
  page: async () => (await import('./pages.ts')).loginPasswordPage(),
  run: loginPassword,
}

const commands: readonly Command[] = [
  ...operationList.map(operation =>
    operationCommand({
      words: [service.cliName, operation.cliName],
      operation,
      examples: async () => (await import('./examples.ts')).examplesOf(operation.cliName),
    }),
  ),
  getLoginPassword,
]

const run = oneOf('operation', commands)

/** `berth ecr-public …`: the operations of the service, which are what the original has too. */
export const ecrPublic: Command = {
  name: service.cliName,
  summary: 'the operations of the registry',
  commands,
  page: async () => (await import('./pages.ts')).servicePage(commands),
  async run(argv, context) {
    metadataPatience(context.settings) // checked for every operation, whether it asks for metadata or not
    const operation = expandAlias(argv, context.aliases.get(`command ${service.cliName}`), firstWord)
    return 'shell' in operation ? runShell(operation.shell) : run(operation.words, context)
  },
}

const firstWord = (argv: readonly string[]) => argv.find(word => !word.startsWith('-'))
