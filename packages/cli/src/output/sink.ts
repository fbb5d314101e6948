import type { Environment } from '../environment.ts'

/** Where output goes. `close` waits until all of it was shown. */
export interface Sink {
  readonly write: (text: string) => Promise<void>
  readonly close: () => Promise<void>
}

export const directSink = ({ stdout }: Environment): Sink => ({
  write: async text => stdout.write(text),
  close: () => Promise.resolve(),
})
