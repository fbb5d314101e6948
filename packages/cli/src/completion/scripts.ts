import { parseArguments } from '../argv/parse-arguments.ts'
import { splitWords } from '../config/split-words.ts'
import type { Context } from '../context.ts'
import { exitCodes, unknownOptions } from '../errors.ts'
import { candidates } from './candidates.ts'

const ASK = 'berth completion candidates'

/** What to put into a shell's start-up file. Each asks the program itself for every completion. */
const scripts: { readonly [shell: string]: string } = {
  bash: `complete -o default -C '${ASK}' berth\n`,
  zsh: `autoload -Uz compinit bashcompinit && compinit && bashcompinit\ncomplete -o default -C '${ASK}' berth\n`,
  fish: `complete -c berth -f -a '(env COMP_LINE=(commandline -cp) COMP_POINT=(commandline -cp | string length) ${ASK})'\n`,
}

/** `berth completion bash|zsh|fish` prints a script; `candidates` is what the scripts call. */
export async function printCompletion(argv: readonly string[], { environment, settings }: Context): Promise<number> {
  const shell = { name: 'shell', key: 'shell', arity: 'one', choices: [...Object.keys(scripts), 'candidates'] } as const
  const { values, rest } = parseArguments([shell], argv)
  if (rest.length > 0) throw unknownOptions(rest)
  const script = scripts[String(values.get('shell'))]
  const { env, stdout } = environment
  stdout.write(script ?? (await answer(env['COMP_LINE'] ?? '', env['COMP_POINT'], profileNames(settings))))
  return exitCodes.ok
}

const profileNames = ({ profiles }: Context['settings']) => [
  ...new Set([...profiles.config.keys(), ...profiles.credentials.keys()]),
]

/** The candidates for the word at the cursor, a line each. */
async function answer(line: string, point: string | undefined, profiles: readonly string[]): Promise<string> {
  const before = point === undefined ? line : line.slice(0, Number(point))
  const words = splitWords(before).slice(1)
  const current = /\s$/.test(before) ? '' : (words.pop() ?? '')
  return `${(await candidates(words, current, profiles)).join('\n')}\n`
}
