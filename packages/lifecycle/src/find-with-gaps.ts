const WORD_BITS = 32

/** The places of a part at which each character may stand, as bits: one bit for each place, 32 to a word. */
interface Places {
  readonly length: number
  readonly ofCharacter: ReadonlyMap<number, Int32Array>
  /** Where any character may stand. */
  readonly ofOthers: Int32Array
}

/** Each part is read once: most parts belong to patterns that are asked of many texts. */
const known = new WeakMap<readonly string[], Places>()

/**
 * Where the first occurrence of `part` ends in `text` between `from` and `to`. `part` is a list of texts with one
 * character of any kind between each two. All places where it may have begun are followed at once, each as a bit
 * (Baeza-Yates and Gonnet).
 */
export function findWithGaps(part: readonly string[], text: string, from: number, to: number): number | undefined {
  const places = placesOf(part)
  const { length, ofCharacter, ofOthers } = places
  const words = ofOthers.length
  const begun = new Int32Array(words)
  const lastBit = 1 << ((length - 1) % WORD_BITS)
  for (let at = from; at < to; ) {
    const character = text.codePointAt(at) ?? 0
    at += character > 0xff_ff ? 2 : 1
    const fitting = ofCharacter.get(character) ?? ofOthers
    let carried = 1
    for (let word = 0; word < words; word += 1) {
      const before = begun[word] ?? 0
      begun[word] = ((before << 1) | carried) & (fitting[word] ?? 0)
      carried = before >>> (WORD_BITS - 1)
    }
    if (((begun[words - 1] ?? 0) & lastBit) !== 0) return at <= to ? at : undefined
  }
  return undefined
}

/** How many words are looked at for each character of the text. */
export const stepsWithGaps = (part: readonly string[]): number => placesOf(part).ofOthers.length

function placesOf(part: readonly string[]): Places {
  const before = known.get(part)
  if (before !== undefined) return before
  const characters: (number | undefined)[] = []
  for (const [index, run] of part.entries()) {
    if (index > 0) characters.push(undefined)
    for (const character of run) characters.push(character.codePointAt(0))
  }
  const words = Math.ceil(characters.length / WORD_BITS)
  const ofOthers = new Int32Array(words)
  for (const [place, character] of characters.entries()) if (character === undefined) set(ofOthers, place)
  const ofCharacter = new Map<number, Int32Array>()
  for (const [place, character] of characters.entries()) {
    if (character === undefined) continue
    const own = ofCharacter.get(character) ?? ofOthers.slice()
    set(own, place)
    ofCharacter.set(character, own)
  }
  const places = { length: characters.length, ofCharacter, ofOthers }
  known.set(part, places)
  return places
}

function set(words: Int32Array, place: number): void {
  const word = Math.floor(place / WORD_BITS)
  words[word] = (words[word] ?? 0) | (1 << (place % WORD_BITS))
}
