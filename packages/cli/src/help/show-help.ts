import { service } from '@berth/model'
import type { Environment } from '../environment.ts'
import { exitCodes } from '../errors.ts'
import { LOGIN_PASSWORD, operationNamed } from '../operations-by-cli-name.ts'
import { pagerSink } from '../output/pager.ts'
import { directSink } from '../output/sink.ts'
import { loginPasswordPage, operationPage, programPage, servicePage } from './pages.ts'

/** Shows the page of the most special command that `argv` names, in MANPAGER, PAGER or less. */
export async function showHelp(argv: readonly string[], environment: Environment): Promise<number> {
  const page = pageOf(argv)
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

function pageOf(argv: readonly string[]): string {
  if (!argv.includes(service.cliName)) return programPage()
  if (argv.includes(LOGIN_PASSWORD)) return loginPasswordPage()
  const operation = argv.map(operationNamed).find(found => found !== undefined)
  return operation ? operationPage(operation) : servicePage()
}
