import { ReaderGone } from '../environment.ts'
import { CommandError } from '../errors.ts'

/** Prints a secret, which is lost where nobody reads it. @throws CommandError */
export async function withReader(print: () => Promise<void> | void): Promise<void> {
  try {
    await print()
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error
    throw new CommandError('general', 'Nobody read the secret that was to be printed. Run the command again.')
  }
}
