import { service } from '@berth/model'
import type { Environment } from '../../environment.ts'
import { exitCodes } from '../../errors.ts'
import { pagerSink } from '../../output/pager.ts'
import { directSink } from '../../output/sink.ts'
import { cleanPage } from '../clean/page.ts'
import { commandWords } from '../completion/candidates.ts'
import { showExamples } from '../ecr-public/examples.ts'
import { LOGIN_PASSWORD, operationNamed } from '../ecr-public/operations.ts'
import {
  completionPage,
  configurePage,
  groupPage,
  loginPasswordPage,
  operationPage,
  programPage,
  servicePage,
} from '../operation/page.ts'
import { isOwnCommand, type OwnCommandName } from '../table.ts'

/** Shows the page of the most special command that `argv` names, in MANPAGER, PAGER or less. */
export async function showHelp(argv: readonly string[], environment: Environment): Promise<number> {
  const page = await pageOf(argv)
  const { MANPAGER, PAGER } = environment.env
  const command = MANPAGER || PAGER || (environment.stdout.isTTY ? 'less -R' : '')
  const sink = command === '' ? directSink(environment) : pagerSink(command, environment)
  try {
    await sink.write(page)
  } finally {
    await sink.close()
  }
  return exitCodes.ok
}

/** The commands that are neither operations nor groups of them. */
const PAGES = new Map([
  ['clean', cleanPage],
  ['configure', configurePage],
  ['completion', completionPage],
])

async function pageOf(argv: readonly string[]): Promise<string> {
  const words = commandWords(argv)
  const [command = ''] = words
  if (isOwnCommand(command)) return ownPage(command, words)
  const page = PAGES.get(command)
  if (page) return page()
  if (!argv.includes(service.cliName)) return programPage()
  if (argv.includes(LOGIN_PASSWORD)) return loginPasswordPage()
  const operation = argv.map(operationNamed).find(found => found !== undefined)
  return operation ? operationPage(operation) : servicePage()
}

async function ownPage(group: OwnCommandName, words: readonly string[]): Promise<string> {
  const { aboutGroup, ownExamples } = await import('../lifecycle/lifecycle.ts')
  const { commandAfter, commandsOf } = await import('../find-command.ts')
  const operation = commandAfter(words)?.operation
  if (operation === undefined) {
    const commands = commandsOf(group).map(name => ({
      name,
      documentation: commandAfter([group, name])?.operation.documentation ?? '',
    }))
    return groupPage(group, aboutGroup[group], commands)
  }
  return operationPage(operation, showExamples(operation.cliName, ownExamples[operation.cliName] ?? []))
}
