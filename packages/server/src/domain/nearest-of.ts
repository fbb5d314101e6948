/** The largest part of a word that may be slips, for berth to tell what was meant. */
const MOST_OF_WORD = 0.4
const MOST_SLIPS = 3

/**
 * The one of `names` that a mistyped word was most likely meant to be; undefined where none is like it. A slip is a
 * letter too much, too few, another one, or two that changed places.
 */
export const nearestOf = (word: string, names: readonly string[]): string | undefined => nearestFew(word, names, 1)[0]

/** The names that a mistyped word was most likely meant to be, at most `limit` of them, the likeliest first. */
export function nearestFew(word: string, names: readonly string[], limit: number): string[] {
  const found = names
    .filter(name => Math.abs(word.length - name.length) <= MOST_SLIPS)
    .map(name => ({ name, slips: slipsBetween(word, name) }))
    .filter(({ name, slips }) => slips <= Math.min(MOST_SLIPS, MOST_OF_WORD * Math.max(word.length, name.length)))
  return found
    .sort((a, b) => a.slips - b.slips)
    .slice(0, limit)
    .map(({ name }) => name)
}

/** The distance of Damerau and Levenshtein, where no piece is edited twice (optimal string alignment). */
function slipsBetween(a: string, b: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const edited = [value(last, j) + 1, value(row, j - 1) + 1, value(last, j - 1) + same]
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edited.push(value(before, j - 2) + 1)
      row.push(Math.min(...edited))
    }
    ;[before, last] = [last, row]
  }
  return value(last, b.length)
}

const value = (row: readonly number[] | undefined, at: number) => row?.[at] ?? Number.POSITIVE_INFINITY
