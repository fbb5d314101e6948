import { spawn } from 'node:child_process'
import { BERTHD } from './registry.ts'
import { bareEnvironment, type Outcome, run } from './run.ts'

/** Runs `berthd admin` to its end, whatever its exit code: `registry.admin` is for commands that must succeed. */
export const runAdmin = (dataDir: string, ...args: string[]): Promise<Outcome> =>
  run(process.execPath, [BERTHD, 'admin', ...args, '--data-dir', dataDir])

/** Starts `berthd admin`, and kills it with -9 so many milliseconds after its first word. True when it was still at work. */
export async function killAdmin(dataDir: string, afterMs: number, ...args: string[]): Promise<boolean> {
  const child = spawn(process.execPath, [BERTHD, 'admin', ...args, '--data-dir', dataDir], {
    env: bareEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  child.stderr.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterMs))
  child.stderr.resume()
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (_, signal) => resolve(signal === 'SIGKILL'))
  })
}
