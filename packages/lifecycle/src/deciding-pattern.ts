import { matchesGlob, parseGlob } from './glob.ts'

/**
 * Finds the pattern by which a list takes a text; undefined where the list does not take it. `!` before a pattern makes
 * an exception. The last pattern that matches decides, so that `["*", "!latest"]` takes all but `latest`.
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
