import { globalOptions } from '../argv/global-options.ts'
import type { Command, CommandEntry } from './command.ts'

/** The words of a command line that are neither global options nor values of them. */
export function commandWords(words: readonly string[]): string[] {
  return words.filter((word, index) => !word.startsWith('-') && !takesValue(words[index - 1]))
}

const takesValue = (word: string | undefined) =>
  globalOptions.some(({ name, arity }) => name === word && arity === 'one')

/** Finds the command that the words begin with. Where they name a command below another, that one is meant. */
export async function findCommand(
  commands: readonly CommandEntry[],
  [first, second]: readonly string[],
): Promise<Command | undefined> {
  const command = await commands.find(({ name }) => name === first)?.load()
  return command?.commands?.find(({ name }) => name === second) ?? command
}

/**
 * As `findCommand`, where other words may stand before those that name commands: help is asked for on faulty lines,
 * too.
 */
export async function findMentioned(
  commands: readonly CommandEntry[],
  words: readonly string[],
): Promise<Command | undefined> {
  const entry = words.map(word => commands.find(({ name }) => name === word)).find(found => found !== undefined)
  const command = await entry?.load()
  const below = words.map(word => command?.commands?.find(({ name }) => name === word))
  return below.find(found => found !== undefined) ?? command
}
