import { spawn } from 'node:child_process'

export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /**
   * Variables beside those of a bare environment. Nothing of the developer's own (credentials, proxies, profiles)
   * reaches a test.
   */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly stdin?: string
  readonly timeoutSeconds?: number
}

/** The environment of every process a test starts. */
export function bareEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/nonexistent',
    LANG: 'C.UTF-8',
    ...added,
  }
}

/**
 * Runs a program to its end, whatever its exit code. Rejects when it cannot start, dies of a signal or takes too long.
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: bareEnvironment(options.env),
    timeout: (options.timeoutSeconds ?? 200) * 1000,
    killSignal: 'SIGKILL',
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', chunk => stdout.push(chunk))
  child.stderr.on('data', chunk => stderr.push(chunk))
  child.stdin.on('error', () => {}) // a program that does not read its input may be gone before it is written
  child.stdin.end(options.stdin)
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, killedBy) => resolve([code, killedBy]))
  })
  const text = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
  if (exitCode === null) throw new Error(`${commandLine(file, args)}\nended by ${signal}\n${text.stdout}${text.stderr}`)
  return { exitCode, ...text }
}

/** Runs a program that must succeed, and returns its standard output without the final newline. */
export async function succeed(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(file, args, options)
  if (exitCode !== 0) throw new Error(`${commandLine(file, args)}\nexit code ${exitCode}\n${stdout}${stderr}`)
  return stdout.replace(/\n$/, '')
}

const commandLine = (file: string, args: readonly string[]) => `$ ${[file, ...args].join(' ')}`
