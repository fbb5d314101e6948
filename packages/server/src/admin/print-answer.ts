import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { wordsOfSystem } from '../runtime/system-errors.ts'
import { Unfinished } from './command.ts'

/**
 * Prints what a command returned, as `AdminCommand.run` says, and returns the exit code. A reader that leaves early,
 * such as `head`, has what it wanted.
 */
export async function printAnswer(answer: unknown, output: Writable): Promise<0 | 1> {
  if (answer === undefined) return 0
  const isUnfinished = answer instanceof Unfinished
  const printed = isUnfinished ? answer.answer : answer
  const writer = new Writer(output)
  if (isAsyncIterable(printed)) {
    for await (const each of printed) {
      if (writer.failure !== undefined) break
      // A line waits for the reader of those before it: there may be more than memory holds.
      const hasRoom = writer.write(`${JSON.stringify(each)}\n`)
      if (!hasRoom) await once(output, 'drain').catch(() => {}) // `failure` tells of it
    }
  } else writer.write(`${JSON.stringify(printed, undefined, 2)}\n`)
  await writer.done()
  return isUnfinished ? 1 : 0
}

/**
 * Prints a text whole, and returns whether its reader took it: one that leaves early, such as `head`, is no failure.
 * @throws the system's own error, such as of a full disk
 */
export async function printText(text: string, output: Writable): Promise<boolean> {
  const writer = new Writer(output)
  writer.write(text)
  return writer.done()
}

/** A secret could not be printed, and so was not put in force. */
export class SecretNotShown extends Error {
  constructor(cause?: unknown) {
    const why = cause === undefined ? 'Nobody reads the output.' : (wordsOfSystem(cause) ?? String(cause))
    super(`${why} The secret could not be shown, and nothing was changed: run the command again.`, { cause })
    this.name = 'SecretNotShown'
  }
}

/** Prints a secret as JSON, before it is put in force. @throws SecretNotShown */
export async function printSecret(answer: unknown, output: Writable): Promise<void> {
  const isTaken = await printText(`${JSON.stringify(answer, undefined, 2)}\n`, output).catch((error: unknown) => {
    throw new SecretNotShown(error)
  })
  if (!isTaken) throw new SecretNotShown()
}

/** Writes to a stream, and keeps its errors: a stream tells of an error later, when nobody waits any more. */
class Writer {
  readonly #output: Writable
  #last: Promise<void> = Promise.resolve()
  failure: NodeJS.ErrnoException | undefined

  constructor(output: Writable) {
    this.#output = output
    output.on('error', error => {
      this.failure ??= error
    })
  }

  /** Returns whether the stream wants more at once. */
  write(text: string): boolean {
    let hasRoom = false
    this.#last = new Promise(resolve => {
      hasRoom = this.#output.write(text, error => {
        this.failure ??= error ?? undefined
        resolve()
      })
    })
    return hasRoom
  }

  /** Resolves once all was written, with whether somebody reads. @throws the system's own error */
  async done(): Promise<boolean> {
    await this.#last
    if (this.failure === undefined) return true
    if (this.failure.code !== 'EPIPE') throw this.failure
    return false
  }
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value
