import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { bareEnvironment, type Outcome, type RunOptions } from './run.ts'
import { toolPath } from './tools.ts'

const FORKS = fileURLToPath(new URL('aws-forks.py', import.meta.url))

interface Waiting {
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: Error) => void
}

/** The process that has loaded AWS CLI for all commands of this test file; it ends when this one does. */
class Forks {
  readonly #waiting = new Map<number, Waiting>()
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  #started = 0

  constructor() {
    const child = spawn('/usr/bin/python3', [FORKS], { env: bareEnvironment(), stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process = child
    createInterface({ input: child.stdout }).on('line', line => {
      const { id, ...outcome } = JSON.parse(line) as Outcome & { readonly id: number }
      this.#waiting.get(id)?.resolve(outcome)
      this.#waiting.delete(id)
    })
    const fail = (error: unknown) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`no answer of ${FORKS}`, { cause: error }))
    }
    child.once('error', fail).once('close', fail)
  }

  run(args: readonly string[], { cwd = '/', env }: Pick<RunOptions, 'cwd' | 'env'>): Promise<Outcome> {
    const id = this.#started++
    const job = { id, program: toolPath('aws'), args, cwd, env: bareEnvironment(env) }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#process.stdin.write(`${JSON.stringify(job)}\n`)
    })
  }
}

let forks: Forks | undefined

/** Runs `aws …` to its end, whatever its exit code: the program as it is installed, loaded once for many commands. */
export function runAws(args: readonly string[], options: Pick<RunOptions, 'cwd' | 'env'> = {}): Promise<Outcome> {
  forks ??= new Forks()
  return forks.run(args, options)
}
