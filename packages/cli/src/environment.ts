import type { Readable } from 'node:stream'

/** Where text is printed. It has been written when `write` returns. */
export type Output = {
  readonly isTTY: boolean
  /** The width of the terminal, if this is one. */
  readonly columns: () => number
  readonly write: (text: string) => void
}

/** What a command sees of the machine. Only the entry point reads the real one. */
export type Environment = {
  readonly env: { readonly [name: string]: string | undefined }
  readonly home: string
  /** Opened on demand: even to look at it takes a moment. */
  readonly stdin: () => Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }
  readonly stdout: Output
  readonly stderr: Output
  /** Has Ctrl-C call `handler` instead of ending the program, until the returned function is called. */
  readonly onInterrupt: (handler: () => void) => () => void
}

/** A variable that is set to something: the empty text counts as absent. */
export const setting = (environment: Environment, name: string): string | undefined =>
  environment.env[name] || undefined
