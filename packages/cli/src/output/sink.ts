import type { Environment } from '../environment.ts'

/** Where output goes. `close` waits until all of it was shown. */
export type Sink = {
  readonly write: (text: string) => Promise<void>
  readonly close: () => Promise<void>
}

export const directSink = ({ stdout }: Environment): Sink => ({
  write: text =>
    new Promise((resolve, reject) => {
      if (text === '') resolve()
      else stdout.write(text, error => (error ? reject(error) : resolve()))
    }),
  close: () => Promise.resolve(),
})
