/** The most characters of a word. Longer ones are cut, where they are kept and where they are asked for. */
const WORD_LIMIT = 64

/** Scripts that are written without spaces between words: each character counts as a word. */
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}`
const WORD = new RegExp(String.raw`[${UNSPACED}]|(?:(?![${UNSPACED}])[\p{L}\p{N}])+`, 'gu')
const MARKS = /\p{M}+/gu

/**
 * The words of a text, in their order: runs of letters and digits, in lower case and without accents. So names are
 * split at `/`, `-`, `_` and `.`. Both engines of search are given these words, and split nothing themselves.
 */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').toLowerCase().replace(MARKS, '')
  return (plain.match(WORD) ?? []).map(cut)
}

const cut = (word: string): string => (word.length > WORD_LIMIT ? Array.from(word).slice(0, WORD_LIMIT).join('') : word)

/** An English word without the ending of its plural, so that `images` and `image` find the same. */
export function singularOf(word: string): string {
  if (!/^[a-z]{4,}$/.test(word)) return word
  if (/[^ae]ies$/.test(word)) return `${word.slice(0, -3)}y`
  if (/[^us]s$/.test(word)) return word.slice(0, -1)
  return word
}
