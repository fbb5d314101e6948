import { type Operation, service } from '@berth/model'
import { globalOptions } from '../../argv/global-options.ts'
import { operationOptions, SKELETON_KINDS } from '../../argv/operation-options.ts'
import { cleanOptions } from '../clean/options.ts'
import { configureOptions } from '../configure/configure.ts'
import { commandNames, operationNamed } from '../ecr-public/operations.ts'
import { isOwnCommand, OWN_COMMANDS } from '../table.ts'

/** The commands of the program itself. */
export const PROGRAM_COMMANDS: readonly string[] = [
  service.cliName,
  ...OWN_COMMANDS,
  'clean',
  'configure',
  'completion',
]

/** The options of commands that are no operations. */
const OPTIONS = new Map([
  ['clean', cleanOptions],
  ['configure', configureOptions],
])

/** Those that completion has a script for. */
export const SHELLS: readonly string[] = ['bash', 'zsh', 'fish']

/** The regions of the service. */
const REGIONS = ['us-east-1', 'us-west-2']

/**
 * What may be written in place of `current`, after `words` (without the program's own name). `profiles` are the names
 * that `--profile` may have.
 */
export async function candidates(
  words: readonly string[],
  current: string,
  profiles: readonly string[],
): Promise<string[]> {
  const choices = choicesOf(words.at(-1), profiles)
  const found = choices ?? (await (current.startsWith('-') ? optionsAfter(words) : commandsAfter(words)))
  return found.filter(candidate => candidate.startsWith(current))
}

/** The values of the option that stands before the cursor, if it has known ones. */
function choicesOf(option: string | undefined, profiles: readonly string[]): readonly string[] | undefined {
  if (option === '--generate-cli-skeleton') return SKELETON_KINDS
  if (option === '--region') return REGIONS
  if (option === '--profile') return profiles
  return globalOptions.find(({ name }) => name === option)?.choices
}

async function commandsAfter(words: readonly string[]): Promise<readonly string[]> {
  const [command, ...more] = commandWords(words)
  if (command === undefined) return PROGRAM_COMMANDS
  if (more.length > 0) return []
  if (isOwnCommand(command)) return (await import('../find-command.ts')).commandsOf(command)
  if (command === 'completion') return SHELLS
  return command === service.cliName ? commandNames.filter(name => name !== 'help') : []
}

async function optionsAfter(words: readonly string[]): Promise<string[]> {
  const operation = await operationAfter(words)
  const [command] = commandWords(words)
  const own = operation ? operationOptions(operation) : (OPTIONS.get(command ?? '') ?? [])
  return [...own, ...globalOptions]
    .filter(option => option.repeats || !words.includes(option.name))
    .map(option => option.name)
}

/** The operation that the command line so far is about. */
export async function operationAfter(words: readonly string[]): Promise<Operation | undefined> {
  const commands = commandWords(words)
  const [command = '', name = ''] = commands
  if (isOwnCommand(command)) return (await import('../find-command.ts')).commandAfter(commands)?.operation
  return command === service.cliName ? operationNamed(name) : undefined
}

/** The words that are neither global options nor their values. */
export function commandWords(words: readonly string[]): string[] {
  return words.filter((word, index) => !word.startsWith('-') && !takesValue(words[index - 1]))
}

const takesValue = (word: string | undefined) =>
  globalOptions.some(({ name, arity }) => name === word && arity === 'one')
