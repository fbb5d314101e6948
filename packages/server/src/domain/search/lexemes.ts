import { platformWord } from './platform-words.ts'
import type { SearchTerm } from './search-text.ts'
import { singularOf, wordsOf } from './search-words.ts'

/** What is searched of a repository, what weighs most first. */
export interface SearchedTexts {
  readonly name: string
  /** The aliases and the display name of its registry. */
  readonly publisher: string
  readonly description: string
  readonly about: string
}

/**
 * How much of a repository a lexeme is of: its name; that and the publisher; the description as well; all texts. A
 * word of the name is in all four. So each weight is one look-up of all terms, and an engine need not rank.
 */
export const WEIGHTS = [1, 2, 3, 4] as const
export type Weight = (typeof WEIGHTS)[number]

/** What engines keep and look up: the number of the weight and a word, or a facet. Nobody can type a facet. */
export function lexemesOf(texts: SearchedTexts, facets: readonly string[]): string[] {
  const lexemes = new Set(facets)
  const words = new Set<string>()
  for (const [at, text] of [texts.name, texts.publisher, texts.description, texts.about].entries()) {
    for (const word of wordsOf(text)) words.add(word).add(singularOf(word))
    for (const word of words) lexemes.add(`${at + 1}${word}`)
  }
  return [...lexemes]
}

/** One lexeme that is looked for, whole or by its beginning. */
export interface WantedLexeme {
  readonly text: string
  readonly isBeginning: boolean
}

/** Of each list one must be there, for all terms to be in the texts of that weight. */
export const wantedOf = (terms: readonly SearchTerm[], weight: Weight): WantedLexeme[][] =>
  terms.map(({ word, beginning }) => [
    { text: `${weight}${word}`, isBeginning: false },
    ...(beginning === undefined ? [] : [{ text: `${weight}${beginning}`, isBeginning: true }]),
  ])

export interface SearchFilters {
  readonly isVerified: boolean
  /** As `platformWord` spells it. */
  readonly operatingSystem: string | undefined
  /** Likewise. With an operating system, an image must be for both. */
  readonly architecture: string | undefined
}

const VERIFIED = 'verified'

/** No word has the dot, so that nothing else is spelled like a platform. */
const facetOf = {
  system: (os: string) => `os${os}`,
  architecture: (architecture: string) => `arch${architecture}`,
  platform: (os: string, architecture: string) => `on${os}·${architecture}`,
}

/** The facets that a repository must have. */
export function facetsOf({ isVerified, operatingSystem, architecture }: SearchFilters): string[] {
  const facets = isVerified ? [VERIFIED] : []
  if (operatingSystem !== undefined && architecture !== undefined)
    facets.push(facetOf.platform(operatingSystem, architecture))
  else if (operatingSystem !== undefined) facets.push(facetOf.system(operatingSystem))
  else if (architecture !== undefined) facets.push(facetOf.architecture(architecture))
  return facets
}

/** The facets that a repository has. `platforms` are those of its images, such as `linux/arm64/v8`. */
export function facetsFrom(isVerified: boolean, platforms: readonly string[]): string[] {
  const facets = new Set(isVerified ? [VERIFIED] : [])
  for (const platform of platforms) {
    const [os = '', architecture = ''] = platform.split('/').map(platformWord)
    if (os !== '') facets.add(facetOf.system(os))
    if (architecture !== '') facets.add(facetOf.architecture(architecture))
    if (os !== '' && architecture !== '') facets.add(facetOf.platform(os, architecture))
  }
  return [...facets]
}
