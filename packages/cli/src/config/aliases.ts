import { existsSync, readFileSync } from 'node:fs'
import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { parseIni, type Section } from './parse-ini.ts'
import { shellQuoted, splitWords } from './split-words.ts'

/** The sections of `~/.aws/cli/alias`: `[toplevel]` and `[command ecr-public]`. */
export function readAliases({ home }: Pick<Environment, 'home'>): ReadonlyMap<string, Section> {
  const path = `${home}/.aws/cli/alias`
  if (!existsSync(path)) return new Map()
  try {
    return parseIni(readFileSync(path, 'utf8'))
  } catch {
    throw new CommandError('general', `Unable to parse config file: ${path}`)
  }
}

/** What an alias makes of a command line: another one, or a command for the shell. */
type Expansion = { readonly words: readonly string[] } | { readonly shell: string }

/**
 * The command line with its alias replaced. `commandOf` finds the command among the words, wherever options stand. An
 * alias may begin with another one, but not with itself.
 */
export function expandAlias(
  argv: readonly string[],
  aliases: Section | undefined,
  commandOf: (argv: readonly string[]) => string | undefined,
): Expansion {
  const used = new Set<string>()
  let words = argv
  for (;;) {
    const name = aliases ? commandOf(words) : undefined
    const meaning = name === undefined || used.has(name) ? undefined : aliases?.get(name)
    if (name === undefined || meaning === undefined) return { words }
    const at = words.indexOf(name)
    if (meaning.startsWith('!')) return { shell: [meaning.slice(1), ...words.slice(at + 1).map(shellQuoted)].join(' ') }
    used.add(name)
    words = [...words.slice(0, at), ...splitWords(meaning), ...words.slice(at + 1)]
  }
}

/** Runs an alias of the shell and returns its exit code. */
export async function runShell(command: string): Promise<number> {
  const { spawnSync } = await import('node:child_process')
  return spawnSync('/bin/sh', ['-c', command], { stdio: 'inherit' }).status ?? 1
}
