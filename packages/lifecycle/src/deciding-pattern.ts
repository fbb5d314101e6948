import { matchesGlob, parseGlob } from './glob.ts'

/**
 * For a list of patterns in which `!` before one makes an exception: the pattern by which the list takes a text, or
 * undefined where it does not. The last pattern that matches decides, so that `["*", "!latest"]` is all but `latest`.
 */
export function decidingPattern(patterns: readonly string[]): (text: string) => string | undefined {
  const rules = patterns.map(pattern => {
    const isException = pattern.startsWith('!')
    return { pattern, isException, glob: parseGlob(isException ? pattern.slice(1) : pattern) }
  })
  return text => {
    const last = rules.findLast(({ glob }) => matchesGlob(glob, text))
    return last === undefined || last.isException ? undefined : last.pattern
  }
}
