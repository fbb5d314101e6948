import type { Readable, Writable } from 'node:stream'

/** What a command sees of the machine. Only the entry point reads the real one. */
export type Environment = {
  readonly env: { readonly [name: string]: string | undefined }
  readonly home: string
  /** Opened on demand: even to look at it takes a moment. */
  readonly stdin: () => Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable
}

/** A variable that is set to something: the empty text counts as absent. */
export const setting = (environment: Environment, name: string): string | undefined =>
  environment.env[name] || undefined
