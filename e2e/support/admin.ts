import { spawn } from 'node:child_process'
import { BERTHD, type Registry } from './registry.ts'
import { bareEnvironment, type Outcome, run } from './run.ts'

const command = ({ deployment }: Registry, args: readonly string[]) => [
  ...[BERTHD, 'admin', ...args],
  ...deployment.settings,
]

/** Runs `berthd admin` to its end, whatever its exit code: `registry.admin` is for commands that must succeed. */
export const runAdmin = (registry: Registry, ...args: string[]): Promise<Outcome> =>
  run(process.execPath, command(registry, args), { env: registry.deployment.env })

/**
 * Starts `berthd admin`, and kills it with -9 so many milliseconds after its first word. True when it was still at
 * work.
 */
export async function killAdmin(registry: Registry, afterMs: number, ...args: string[]): Promise<boolean> {
  const child = spawn(process.execPath, command(registry, args), {
    env: bareEnvironment(registry.deployment.env),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  child.stderr.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterMs))
  child.stderr.resume()
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (_, signal) => resolve(signal === 'SIGKILL'))
  })
}
