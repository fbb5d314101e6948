/** Suggestions for a mistyped word, by the measure of Python's `difflib`: both programs suggest the same words. */

const CUTOFF = 0.8
const MOST = 3

/** At most three of the choices that are most like `word`, best first. */
export function closeMatches(word: string, choices: readonly string[]): string[] {
  return choices
    .filter(choice => mayBeClose(choice.length, word.length))
    .map(choice => ({ choice, ratio: similarity(choice, word) }))
    .filter(({ ratio }) => ratio >= CUTOFF)
    .sort((a, b) => b.ratio - a.ratio || (a.choice < b.choice ? 1 : -1))
    .slice(0, MOST)
    .map(({ choice }) => choice)
}

/** Words of very different lengths need no comparison, however long one of them is. */
const mayBeClose = (a: number, b: number) => 2 * Math.min(a, b) >= CUTOFF * (a + b)

/**
 * How alike two words are: twice the matching characters over all characters, 1 for equal words, 0 for nothing in
 * common.
 */
function similarity(a: string, b: string): number {
  const length = a.length + b.length
  return length === 0 ? 1 : (2 * matchingCharacters(a, b)) / length
}

/** Counts as Ratcliff and Obershelp do: the longest common block, and the same again to its left and to its right. */
function matchingCharacters(a: string, b: string): number {
  let best = { a: 0, b: 0, size: 0 }
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      let size = 0
      while (i + size < a.length && a[i + size] === b[j + size]) size++
      if (size > best.size) best = { a: i, b: j, size }
    }
  }
  if (best.size === 0) return 0
  const left = matchingCharacters(a.slice(0, best.a), b.slice(0, best.b))
  return left + best.size + matchingCharacters(a.slice(best.a + best.size), b.slice(best.b + best.size))
}
