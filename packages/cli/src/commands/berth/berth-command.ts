import { parseArguments } from '../../argv/parse-arguments.ts'
import { print } from '../../output/print.ts'
import type { Context } from '../command.ts'
import { commandAfter, commandsOf } from '../find-command.ts'
import { deletedTable } from '../images/deleted-table.ts'
import type { OwnCommand } from '../images/images.ts'
import { previewClient } from '../lifecycle/preview.ts'
import { previewTable } from '../lifecycle/preview-table.ts'
import { type Manner, runOperation } from '../operation/run-operation.ts'
import type { OwnCommandName } from '../table.ts'
import { connectTo } from './berth-client.ts'
import { showAsTable } from './people-table.ts'

/** Runs `berth images …` and its like: finds the command below, where there is one, and runs its operation. */
export async function runOwnCommand(group: OwnCommandName, argv: readonly string[], context: Context): Promise<number> {
  const choices = commandsOf(group)
  const { name, rest } = choices.length === 0 ? { name: undefined, rest: argv } : takeName(choices, argv)
  // `help` is a command only when nothing else stands behind.
  if (name === 'help' || (rest.length === 1 && rest[0] === 'help')) {
    const { showHelp } = await import('../help/show-page.ts')
    return showHelp(name === undefined ? [group] : [group, name], context.environment)
  }
  const command = commandAfter(name === undefined ? [group] : [group, name])
  if (command === undefined) throw new TypeError(`no command ${group} ${name}`)
  return runOperation(command.operation, rest, context, mannerOf(command))
}

function takeName(choices: readonly string[], argv: readonly string[]) {
  const { values, rest } = parseArguments(
    [{ name: 'subcommand', key: 'subcommand', arity: 'one', choices: [...choices, 'help'] }],
    argv,
  )
  return { name: String(values.get('subcommand')), rest }
}

function mannerOf({ words, service }: OwnCommand): Manner {
  const connect = (context: Context) => connectTo(service, context)
  const helpWords = words.filter(word => word !== undefined)
  switch (words.join(' ')) {
    case 'images deleted':
      return { helpWords, connect, show: showAsTable(deletedTable) }
    case 'lifecycle preview':
      return {
        helpWords,
        connect: async context => previewClient(await connect(context)),
        show: showAsTable(previewTable),
      }
    default:
      return { helpWords, connect, show: print }
  }
}
