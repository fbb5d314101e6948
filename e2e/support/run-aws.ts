import { type Outcome, type RunOptions, run } from './run.ts'
import { toolPath } from './tools.ts'

/** Runs `aws …` to its end, whatever its exit code. */
export const runAws = (args: readonly string[], options: Pick<RunOptions, 'cwd' | 'env'> = {}): Promise<Outcome> =>
  run(toolPath('aws'), args, { cwd: '/', ...options })
