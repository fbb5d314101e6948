import { Random } from './random.ts'

/** Something that takes inputs without end. */
export interface Fuzzer {
  readonly name: string
  /** The fuzzer's share of all inputs. */
  readonly share: number
  /** How many inputs it tries at the same time. */
  readonly atOnce?: number
  /** Makes an input and tries it. @throws Finding, or whatever nobody expected */
  readonly attempt: (random: Random) => Promise<void> | void
  /** At the end: whether something has grown. @throws Finding */
  readonly check?: () => Promise<void>
}

/** An input that was not answered as it should be. */
export class Finding extends Error {
  constructor(what: string, input: unknown) {
    super(`${what}\n  input: ${JSON.stringify(input)?.slice(0, 2000)}`)
  }
}

const MOST_FINDINGS = 20
/** Of the processor, so that a busy machine does not matter; of several inputs at once it is the time of all. */
const MOST_CPU_SECONDS = 2

export interface Round {
  readonly seed: number
  readonly inputs: number
  /** The number of the one input to try again. */
  readonly only?: number
}

/** Tries so many inputs, and returns what it found: a text for each finding, which names the input for another run. */
export async function run(fuzzer: Fuzzer, { seed, inputs, only }: Round): Promise<string[]> {
  const findings: string[] = []
  const first = only ?? 0
  const end = only === undefined ? inputs : only + 1
  let next = first
  const worker = async () => {
    while (next < end && findings.length < MOST_FINDINGS) {
      const number = next++
      const before = process.cpuUsage()
      try {
        await fuzzer.attempt(new Random(seed, fuzzer.name, number))
        const { user } = process.cpuUsage(before)
        if (user > MOST_CPU_SECONDS * 1e6) throw new Finding(`took ${user / 1e6} s`, 'see --only')
      } catch (error) {
        const text = error instanceof Finding ? error.message : String(error instanceof Error ? error.stack : error)
        findings.push(`${text}\n  again: npm run fuzz -- --seed ${seed} --part ${fuzzer.name} --only ${number}`)
      }
    }
  }
  await Promise.all(Array.from({ length: fuzzer.atOnce ?? 1 }, worker))
  await fuzzer.check?.().catch((error: Error) => findings.push(error.message))
  return findings
}
