import { parseArguments } from '../argv/parse-arguments.ts'
import type { Command, Context } from './command.ts'

/** The word that asks for a page in place of a command. */
export const HELP = 'help'

/** Runs a command, or shows its page where that was asked for. Returns the exit code. */
export async function runCommand(command: Command, argv: readonly string[], context: Context): Promise<number> {
  // Behind a command that takes no other, `help` asks for the page only when it stands alone.
  const asked = command.commands === undefined && argv.length === 1 && argv[0] === HELP
  const outcome = asked ? 'help' : await command.run(argv, context)
  if (outcome !== 'help') return outcome
  const { showPage } = await import('./help/show-page.ts')
  return showPage(await command.page(), context.environment)
}

/** A runner of the one of `commands` that the first word names. In errors that word is called `called`. */
export const oneOf =
  (called: string, commands: readonly Command[]): Command['run'] =>
  async (argv, context) => {
    const choices = [...commands.map(({ name }) => name), HELP]
    const { values, rest } = parseArguments([{ name: called, key: called, arity: 'one', choices }], argv)
    const command = commands.find(({ name }) => name === values.get(called))
    return command ? runCommand(command, rest, context) : 'help'
  }
