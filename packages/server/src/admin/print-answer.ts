import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { Unfinished } from './command.ts'

/**
 * Prints what a command returned, as `AdminCommand.run` says, and returns the exit code. A reader that leaves early,
 * such as `head`, has what it wanted.
 */
export async function printAnswer(answer: unknown, output: Writable): Promise<0 | 1> {
  const isUnfinished = answer instanceof Unfinished
  const printed = isUnfinished ? answer.answer : answer
  let failure: NodeJS.ErrnoException | undefined
  output.on('error', error => {
    failure = error
  })
  if (isAsyncIterable(printed)) {
    for await (const each of printed) {
      if (failure !== undefined) break
      // A line waits for the reader of those before it: there may be more than memory holds.
      if (!output.write(`${JSON.stringify(each)}\n`)) await once(output, 'drain').catch(() => {}) // `failure` tells
    }
  } else output.write(`${JSON.stringify(printed, undefined, 2)}\n`)
  if (failure !== undefined && failure.code !== 'EPIPE') throw failure
  return isUnfinished ? 1 : 0
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value
