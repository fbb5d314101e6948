import { decidingPattern } from '@berth/lifecycle'

const PATTERN = /^!?[a-zA-Z0-9_.*?-]{1,128}$/
const PATTERNS = 50

/**
 * Tells what is wrong with a list of tag patterns, in words for its author; undefined where nothing is. A pattern is a
 * tag in which `*` stands for any text and `?` for one character. A `!` before it makes an exception.
 */
export function faultOfTagPatterns(patterns: readonly string[]): string | undefined {
  if (patterns.length > PATTERNS) return `there are more than ${PATTERNS} patterns`
  const unsound = patterns.find(pattern => !PATTERN.test(pattern))
  if (unsound !== undefined)
    return `${JSON.stringify(unsound)} is no pattern: 1 to 128 characters of a tag, * and ?, with ! before an exception`
  return patterns[0]?.startsWith('!') ? 'an exception comes after the pattern that it is an exception to' : undefined
}

/** Makes the function that tells which pattern of a list names a tag: the last that does, unless it is an exception. */
export const namingPattern = (patterns: readonly string[]): ((tag: string) => string | undefined) =>
  decidingPattern(patterns)

/** Makes the test for tags that a list names, as `decidingPattern` reads it. */
export function tagMatcher(patterns: readonly string[]): (tag: string) => boolean {
  const decide = namingPattern(patterns)
  return tag => decide(tag) !== undefined
}
