import { Finding, type Fuzzer } from './fuzzer.ts'
import { mutate } from './random.ts'

/** Something that reads texts, with what it is tried on, and the names of the errors that are its refusals. */
export interface Reader {
  readonly name: string
  readonly read: (text: string) => unknown
  readonly examples: readonly string[]
}

/** A fuzzer of many readers. Each input goes to one of them. An error that is no refusal is a finding. */
export function fuzzReaders(
  name: string,
  share: number,
  readers: readonly Reader[],
  refusals: ReadonlySet<string>,
): Fuzzer {
  const all = readers.flatMap(({ examples }) => examples)
  return {
    name,
    share,
    attempt(random) {
      const reader = random.pick(readers)
      const text = mutate(random, random.pick(random.chance(0.95) ? reader.examples : all), all)
      try {
        reader.read(text)
      } catch (error) {
        const kind = error instanceof Error ? error.constructor.name : typeof error
        if (refusals.has(kind)) return
        const shown = error instanceof Error ? error.stack?.split('\n').slice(0, 4).join('\n') : String(error)
        throw new Finding(`${reader.name}: ${shown}`, text)
      }
    },
  }
}
