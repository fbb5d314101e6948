import { globalOptions } from '../../argv/global-options.ts'
import { SKELETON_KINDS } from '../../argv/operation-options.ts'
import type { CommandEntry } from '../command.ts'
import { commandWords, findCommand } from '../find-command.ts'

/** What completion chooses from: the commands of the program, and the names that `--profile` may have. */
export interface Known {
  readonly commands: readonly CommandEntry[]
  readonly profiles: readonly string[]
}

/** The regions of the service. */
const REGIONS = ['us-east-1', 'us-west-2']

/** What may be written in place of `current`, after `words` (without the program's own name). */
export async function candidates(words: readonly string[], current: string, known: Known): Promise<string[]> {
  const choices = choicesOf(words.at(-1), known.profiles)
  const after = current.startsWith('-') ? optionsAfter : commandsAfter
  const found = choices ?? (await after(words, known.commands))
  return found.filter(candidate => candidate.startsWith(current))
}

/** The values of the option that stands before the cursor, if it has known ones. */
function choicesOf(option: string | undefined, profiles: readonly string[]): readonly string[] | undefined {
  if (option === '--generate-cli-skeleton') return SKELETON_KINDS
  if (option === '--region') return REGIONS
  if (option === '--profile') return profiles
  return globalOptions.find(({ name }) => name === option)?.choices
}

async function commandsAfter(words: readonly string[], commands: readonly CommandEntry[]): Promise<readonly string[]> {
  const named = commandWords(words)
  if (named.length === 0) return commands.map(({ name }) => name)
  if (named.length > 1) return []
  const command = await findCommand(commands, named)
  return command?.commands?.map(({ name }) => name) ?? command?.words ?? []
}

async function optionsAfter(words: readonly string[], commands: readonly CommandEntry[]): Promise<string[]> {
  const command = await findCommand(commands, commandWords(words))
  return [...(command?.options?.() ?? []), ...globalOptions]
    .filter(option => option.repeats || !words.includes(option.name))
    .map(option => option.name)
}
