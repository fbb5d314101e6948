import { type ChildProcess, spawn } from 'node:child_process'
import { BERTHD } from '../support/registry.ts'
import { bareEnvironment } from '../support/run.ts'

/** How a program ended, and what it said. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

/** A backup that is being made. */
export interface RunningBackup {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

/** Starts `berthd backup …`, and resolves when it has said what it is at, or has ended. */
export async function startBackup(
  args: readonly string[],
  step: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningBackup> {
  const child = spawn(process.execPath, [BERTHD, 'backup', ...args], {
    env: bareEnvironment(env),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  const ended = new Promise<Ended>(resolve => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stderr: said }))
  })
  await new Promise<void>(resolve => {
    child.stderr.on('data', chunk => {
      said += chunk
      if (said.includes(step)) resolve()
    })
    void ended.then(() => resolve())
  })
  return { child, ended }
}
