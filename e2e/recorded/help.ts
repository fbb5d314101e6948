import { BERTH } from '../support/berth.ts'
import { succeed } from '../support/run.ts'
import { BERTHD } from '../support/server-process.ts'

/**
 * What the server's program says of itself: its settings (flag, variable, path, default) and the commands of `admin`.
 */
export async function serverHelp(): Promise<string> {
  const pages = [['help'], ['admin', '--help']].map(args => page('berthd', BERTHD, args))
  return (await Promise.all(pages)).join('\n')
}

/** The commands that the first page of help names. */
export async function commandNames(): Promise<string[]> {
  return named(await succeed(process.execPath, [BERTH, 'help']))
}

/** The help of a command, and of all commands below it, in the order of the pages. `[]` stands for the program. */
export async function commandHelp(command: readonly string[]): Promise<string> {
  const own = await page('berth', BERTH, [...command, 'help'])
  if (command.length === 0) return own
  const below = await Promise.all(named(own).map(name => commandHelp([...command, name])))
  return [own, ...below].join('\n')
}

async function page(program: string, path: string, args: readonly string[]): Promise<string> {
  return `$ ${[program, ...args].join(' ')}\n${await succeed(process.execPath, [path, ...args])}\n`
}

function named(text: string): string[] {
  const [, list = ''] = text.split('\nAVAILABLE COMMANDS\n')
  return Array.from(list.matchAll(/^ +o ([a-z-]+)/gm), ([, name = '']) => name).filter(name => name !== 'help')
}
