import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'
export async function autoPrompt(argv: readonly string[], _: Environment): Promise<readonly string[] | undefined> {
  if (argv) throw new CommandError('general', 'Warning: Input is not a terminal (fd=0).')
  return undefined
}
