import { closeMatches } from './close-matches.ts'

/**
 * Suggestions for unknown options, to stand below the refusal; empty where no option is like one of them. An option
 * that is spelt right gets no suggestion: it was only in the wrong place, such as behind `--`.
 */
export function suggestOptions(unknown: readonly string[], names: readonly string[]): string {
  return unknown
    .filter(word => word.startsWith('--'))
    .map(word => word.replace(/=.*/s, ''))
    .filter(word => !names.includes(word))
    .map(word => ({ word, close: closeMatches(word, names) }))
    .filter(({ close }) => close.length > 0)
    .map(
      ({ word, close }) =>
        `\n\nUnknown option: '${word}', maybe you meant:\n${close.map(name => `\n  * ${name}`).join('')}`,
    )
    .join('')
}
