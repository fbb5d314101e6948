import { spawn } from 'node:child_process'
import { bareEnvironment } from './run.ts'

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** What to wait for on the screen, and what to type then. */
export type Step = readonly [shown: string, typed: string]

export interface Session {
  readonly shown: string
  /** The exit code; undefined for a program that had to be ended. */
  readonly exit: number | undefined
  /** The steps whose texts never came. */
  readonly left: readonly Step[]
}

const TIMEOUT_MS = 20_000

/**
 * A command line that runs another one on a terminal of its own. Node's standard library has no pseudo-terminal;
 * `script`, which every Linux has, makes one, and ends as the program does.
 * @param redirect what a shell takes after the command
 * @param settings further ones for `stty`
 */
export function inTerminal(
  argv: readonly string[],
  { columns, rows }: TerminalSize,
  { redirect = '', settings = '' } = {},
): string[] {
  const program = argv.map(quoteForShell).join(' ')
  const command = `stty cols ${columns} rows ${rows} ${settings}; exec ${program} ${redirect}`
  return ['script', '--quiet', '--return', '--command', command, '/dev/null']
}

export const quoteForShell = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/** Runs a program on a terminal and types at it. Each step waits for what the screen shows after the step before. */
export async function typeAt(
  argv: readonly string[],
  steps: readonly Step[],
  env: Readonly<Record<string, string>>,
): Promise<Session> {
  const [file = '', ...args] = inTerminal(argv, { columns: 100, rows: 24 })
  const child = spawn(file, args, { env: bareEnvironment(env), timeout: TIMEOUT_MS, killSignal: 'SIGKILL' })
  const left = [...steps]
  let shown = ''
  let seen = 0
  child.stdin.on('error', () => {}) // a program that ends early reads no more
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    shown += piece
    for (let next = left[0]; next !== undefined && shown.indexOf(next[0], seen) >= 0; next = left[0]) {
      seen = shown.length
      child.stdin.write(next[1])
      left.shift()
    }
  })
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { shown, exit: exit ?? undefined, left }
}
