import { wordsOf } from './search-words.ts'

/** The names that others use, by the one that the Image Specification has. ECR Public's words are among them. */
const SAME: ReadonlyMap<string, string> = new Map([
  ['macos', 'darwin'],
  ['x8664', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm'],
  ['armel', 'arm'],
  ['x86', '386'],
  ['i386', '386'],
])

/** The most characters of a name of a system or an architecture. */
const NAME_LIMIT = 50

/**
 * The name of an operating system or an architecture as search knows it: that of the Image Specification, in small
 * letters and digits alone. `x86-64` and `x86_64` are `amd64`, `ARM 64` is `arm64`. Empty where a text names none.
 */
export function platformWord(text: string): string {
  const word = wordsOf(text.slice(0, NAME_LIMIT)).join('')
  return SAME.get(word) ?? word
}
