import type { AdminOption, AdminOptions } from './command.ts'
import { optionsOf, splitOptions, UsageError } from './run-admin.ts'

/** A command of `berthd` with one argument, a folder: the data that is parsed by and printed as help. */
export interface FolderCommand {
  readonly options: Readonly<Record<string, AdminOption>>
  readonly about: string
  readonly examples: readonly string[]
}

export interface FolderCall {
  readonly folder: string
  readonly options: AdminOptions
  /** Arguments that are settings rather than the command's own options. */
  readonly rest: readonly string[]
}

/**
 * Reads `DIR --options`, in any order. `settings` are the flags of the server's settings, each of which has a value.
 * @throws UsageError
 */
export function parseFolderCall(
  name: string,
  command: FolderCommand,
  argv: readonly string[],
  settings: readonly string[],
): FolderCall {
  const { given, rest, words } = splitOptions(argv, command.options, settings)
  const [folder] = words
  if (folder === undefined || folder === '') throw new UsageError(`berthd ${name} needs the folder of the backup.`)
  if (words.length > 1) throw new UsageError(`berthd ${name} takes one folder, and these are ${words.length}.`)
  return { folder, rest, options: optionsOf(`berthd ${name}`, given) }
}
