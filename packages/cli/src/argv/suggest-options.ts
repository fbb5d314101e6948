import { closeMatches } from './close-matches.ts'

/**
 * What each unknown option was perhaps meant to be, to stand below the refusal; empty where nothing is like it. An
 * option that is spelt right gets no suggestion: it was only in the wrong place, such as behind `--`.
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
