import type { Readable } from 'node:stream'

/** A place where text is printed. The text has been written when `write` returns. */
export interface Output {
  readonly isTTY: boolean
  /** The width of the terminal in columns, where this is one. */
  readonly columns: () => number
  /** @throws ReaderGone; the system's own error, such as of a full disk */
  readonly write: (text: string) => void
}

/** Nobody reads the output any more (EPIPE). A reader that has seen enough, such as `head`, is no failure. */
export class ReaderGone extends Error {
  constructor() {
    super('Nobody reads the output any more.')
    this.name = 'ReaderGone'
  }
}

/** An output for work that goes on when the reader has gone: from then on text is dropped. */
export const outlasting = (output: Output): Output & { readonly isRead: () => boolean } => {
  let isRead = true
  return {
    isTTY: output.isTTY,
    columns: output.columns,
    write(text) {
      try {
        if (isRead) output.write(text)
      } catch (error) {
        if (!(error instanceof ReaderGone)) throw error
        isRead = false
      }
    },
    isRead: () => isRead,
  }
}

/** What a command sees of the machine. Only the entry point reads the real machine. */
export interface Environment {
  readonly env: { readonly [name: string]: string | undefined }
  readonly home: string
  /** Opens standard input on demand: even a look at it takes a moment. */
  readonly stdin: () => Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }
  readonly stdout: Output
  readonly stderr: Output
  /** Has Ctrl-C call `handler` instead of ending the program, until the returned function is called. */
  readonly onInterrupt: (handler: () => void) => () => void
  /** Sets a variable of the process while `work` runs, for libraries that read it there, and gives it back after. */
  readonly withVariable: <Result>(name: string, value: string, work: () => Promise<Result>) => Promise<Result>
}

/** The value of a variable. One that is set to the empty text counts as absent. */
export const setting = (environment: Environment, name: string): string | undefined =>
  environment.env[name] || undefined
