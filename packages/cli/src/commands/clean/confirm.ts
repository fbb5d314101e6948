import { createInterface } from 'node:readline'
import type { Environment } from '../../environment.ts'

/** Asks a question at the terminal. Only a yes counts as one: any other answer, and the end of the input, is a no. */
export async function confirm(question: string, { stdin, stderr }: Environment): Promise<boolean> {
  const input = stdin()
  stderr.write(`${question} [y/N] `)
  const lines = createInterface({ input })
  try {
    for await (const line of lines) return /^\s*y(?:es)?\s*$/i.test(line)
    stderr.write('\n')
    return false
  } finally {
    lines.close()
    input.pause()
  }
}
