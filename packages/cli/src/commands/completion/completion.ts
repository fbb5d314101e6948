import { parseArguments } from '../../argv/parse-arguments.ts'
import { splitWords } from '../../config/split-words.ts'
import { exitCodes, unknownOptions } from '../../errors.ts'
import type { Command, CommandEntry, Context } from '../command.ts'
import { dropInCandidates } from './aws-completer.ts'
import { candidates, type Known } from './candidates.ts'

const ASK = 'berth completion suggestions'

/** The text for a shell's start-up file. Each script asks the program itself for every completion. */
const scripts: { readonly [shell: string]: string } = {
  bash: `complete -o default -C '${ASK}' berth\n`,
  zsh: `autoload -Uz compinit bashcompinit && compinit && bashcompinit\ncomplete -o default -C '${ASK}' berth\n`,
  fish: `complete -c berth -f -a '(env COMP_LINE=(commandline -cp) COMP_POINT=(commandline -cp | string length) ${ASK})'\n`,
}

/**
 * The words that print candidates: the scripts call `suggestions`; `candidates` may be called in place of the
 * original's `aws_completer`.
 */
const ANSWERS: readonly string[] = ['suggestions', 'candidates']

/**
 * `berth completion bash|zsh|fish` prints a script. The other words print candidates for the word at the cursor, a
 * line each.
 */
export const completion = (commands: readonly CommandEntry[]): Command => ({
  name: 'completion',
  summary: 'prints the completion script of bash, zsh or fish',
  words: Object.keys(scripts),
  page: async () => (await import('./page.ts')).completionPage(),
  run: (argv, context) => printCompletion(argv, commands, context),
})

async function printCompletion(
  argv: readonly string[],
  commands: readonly CommandEntry[],
  { environment, settings }: Context,
): Promise<number> {
  const shell = { name: 'shell', key: 'shell', arity: 'one', choices: [...Object.keys(scripts), ...ANSWERS] } as const
  const { values, rest } = parseArguments([shell], argv)
  if (rest.length > 0) throw unknownOptions(rest)
  const asked = String(values.get('shell'))
  const { stdout, home } = environment
  const profiles = profileNames(settings)
  const line = lineToCursor(environment)
  const answers = () =>
    asked === 'candidates' ? dropInCandidates(line, { profiles, home }) : suggestions(line, { commands, profiles })
  stdout.write(scripts[asked] ?? `${(await answers()).join('\n')}\n`)
  return exitCodes.ok
}

const profileNames = ({ profiles }: Context['settings']) => [
  ...new Set([...profiles.config.keys(), ...profiles.credentials.keys()]),
]

/** The text before the cursor. bash and zsh tell the line and the place of the cursor, tcsh tells the line only. */
function lineToCursor({ env }: Context['environment']): string {
  const line = env['COMP_LINE'] || env['COMMAND_LINE'] || ''
  return env['COMP_POINT'] ? line.slice(0, Number(env['COMP_POINT'])) : line
}

async function suggestions(before: string, known: Known): Promise<string[]> {
  const words = splitWords(before).slice(1)
  const current = /\s$/.test(before) ? '' : (words.pop() ?? '')
  return candidates(words, current, known)
}
