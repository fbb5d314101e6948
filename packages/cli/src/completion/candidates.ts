import { service } from '@berth/model'
import { globalOptions } from '../argv/global-options.ts'
import { type OperationOption, operationOptions, SKELETON_KINDS } from '../argv/operation-options.ts'
import { commandNames, operationNamed } from '../operations-by-cli-name.ts'

/** The commands of the program itself. */
export const PROGRAM_COMMANDS: readonly string[] = [service.cliName, 'configure', 'completion']

/** The regions of the service. */
const REGIONS = ['us-east-1', 'us-west-2']

/**
 * What may be written in place of `current`, after `words` (without the program's own name). `profiles` are the names
 * that `--profile` may have.
 */
export function candidates(words: readonly string[], current: string, profiles: readonly string[]): string[] {
  const choices = choicesOf(words.at(-1), profiles)
  const found = choices ?? (current.startsWith('-') ? optionsAfter(words) : commandsAfter(words))
  return found.filter(candidate => candidate.startsWith(current))
}

/** The values of the option that stands before the cursor, if it has known ones. */
function choicesOf(option: string | undefined, profiles: readonly string[]): readonly string[] | undefined {
  if (option === '--generate-cli-skeleton') return SKELETON_KINDS
  if (option === '--region') return REGIONS
  if (option === '--profile') return profiles
  return globalOptions.find(({ name }) => name === option)?.choices
}

function commandsAfter(words: readonly string[]): readonly string[] {
  const [command, ...more] = commandWords(words)
  if (command === undefined) return PROGRAM_COMMANDS
  return command === service.cliName && more.length === 0 ? commandNames.filter(name => name !== 'help') : []
}

function optionsAfter(words: readonly string[]): string[] {
  const [command, name = ''] = commandWords(words)
  const operation = command === service.cliName ? operationNamed(name) : undefined
  const own: readonly OperationOption[] = operation ? operationOptions(operation) : []
  return [...own, ...globalOptions].map(option => option.name).filter(option => !words.includes(option))
}

/** The words that are neither global options nor their values. */
export function commandWords(words: readonly string[]): string[] {
  return words.filter((word, index) => !word.startsWith('-') && !takesValue(words[index - 1]))
}

const takesValue = (word: string | undefined) =>
  globalOptions.some(({ name, arity }) => name === word && arity === 'one')
