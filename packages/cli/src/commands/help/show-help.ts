import type { Environment } from '../../environment.ts'
import type { CommandEntry } from '../command.ts'
import { commandWords, findMentioned } from '../find-command.ts'
import { programPage } from './program-page.ts'
import { showPage } from './show-page.ts'

/** Shows the page of the command that a command line mentions, or that of the program where it mentions none. */
export async function showHelp(
  argv: readonly string[],
  commands: readonly CommandEntry[],
  environment: Environment,
): Promise<number> {
  const command = await findMentioned(commands, commandWords(argv))
  return showPage(await (command ? command.page() : programPage(commands)), environment)
}
