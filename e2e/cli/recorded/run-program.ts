/** Runs a program as a recorded case wants it: with pipes, or with a terminal for its output. */
import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { inTerminal, quoteForShell } from '../../support/terminal.ts'

const TIMEOUT_MS = 60_000

export interface ProgramRun {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly stdin?: string | undefined
  readonly tty?: { readonly cols: number; readonly rows: number; readonly stdin?: boolean } | undefined
}

export interface ProgramResult {
  /** The exit code; undefined for a program that had to be ended. */
  readonly exit: number | undefined
  readonly stdout: Buffer
  readonly stderr: Buffer
}

export const runProgram = (run: ProgramRun): Promise<ProgramResult> =>
  run.tty === undefined ? spawnAndGather(run) : runInTerminal(run, run.tty)

async function runInTerminal(
  run: ProgramRun,
  { cols, rows, stdin }: NonNullable<ProgramRun['tty']>,
): Promise<ProgramResult> {
  const errors = `${run.cwd}.stderr`
  const argv = inTerminal(
    run.argv,
    { columns: cols, rows },
    // Without postprocessing the terminal leaves line ends as they are.
    { settings: '-opost', redirect: `${stdin === true ? '' : '</dev/null'} 2>${quoteForShell(errors)}` },
  )
  const { exit, stdout } = await spawnAndGather({ ...run, argv, stdin: undefined }, 'pipe')
  const stderr = await readFile(errors)
  await rm(errors)
  return { exit, stdout, stderr }
}

/** @param silence what the program reads where the run gives no input: an end, or a pipe on which nothing comes */
async function spawnAndGather(
  { argv, env, cwd, stdin }: ProgramRun,
  silence: 'ignore' | 'pipe' = 'ignore',
): Promise<ProgramResult> {
  const [file = '', ...rest] = argv
  const input = stdin === undefined ? silence : 'pipe'
  // A group of its own, so that whatever the program starts ends with it.
  const child = spawn(file, rest, { cwd, env, stdio: [input, 'pipe', 'pipe'], detached: true })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', chunk => stdout.push(chunk))
  child.stderr?.on('data', chunk => stderr.push(chunk))
  child.stdin?.on('error', () => {}) // a program that does not read its input may be gone before it is written
  if (stdin !== undefined) child.stdin?.end(stdin)
  let late = false
  const timer = setTimeout(() => {
    late = true
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, TIMEOUT_MS)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).finally(() => clearTimeout(timer))
  return { exit: late ? undefined : (code ?? undefined), stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }
}
