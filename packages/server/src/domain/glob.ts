const ANY_CHARACTER = Symbol('?')
const ANY_RUN = Symbol('*')

/** A pattern as tokens: a literal code point, or a wildcard. */
export type Glob = readonly (string | typeof ANY_CHARACTER | typeof ANY_RUN)[]

/** `*` stands for any run of characters, the empty one too, and `?` for exactly one. Neither can be escaped. */
export function parseGlob(text: string): Glob {
  return Array.from(text, character => (character === '*' ? ANY_RUN : character === '?' ? ANY_CHARACTER : character))
}

/** A pattern that matches `text` and nothing else, whatever characters it holds. */
export function literalGlob(text: string): Glob {
  return Array.from(text)
}

/**
 * True where the whole of `text` matches. Only the latest `*` is ever retried, since an earlier one could not
 * help where that one fails: at most text × pattern steps, however many wildcards there are.
 */
export function matchesGlob(glob: Glob, text: string): boolean {
  const characters = Array.from(text)
  let inGlob = 0
  let inText = 0
  let afterRun = -1
  let runEnd = 0
  while (inText < characters.length) {
    const token = glob[inGlob]
    if (token === ANY_RUN) {
      inGlob += 1
      afterRun = inGlob
      runEnd = inText
    } else if (token === ANY_CHARACTER || (token !== undefined && token === characters[inText])) {
      inGlob += 1
      inText += 1
    } else if (afterRun >= 0) {
      runEnd += 1
      inGlob = afterRun
      inText = runEnd
    } else return false
  }
  while (glob[inGlob] === ANY_RUN) inGlob += 1
  return inGlob === glob.length
}
