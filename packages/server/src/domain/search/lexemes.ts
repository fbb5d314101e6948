import { platformWord } from './platform-words.ts'
import { type SearchTerm, SHORTEST_BEGINNING } from './search-text.ts'
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
 * Which texts of a repository a lexeme is of: 1 is its name, 2 also the publisher, 3 also the description, 4 all texts.
 * A word of the name is in all four. So a search for one weight is one look-up of all terms, and no engine need rank.
 */
export const WEIGHTS = [1, 2, 3, 4] as const
export type Weight = (typeof WEIGHTS)[number]

/**
 * The numbers that stand before a beginning of a word: of the name, or of any text but the about, whose words are too
 * many.
 */
const BEGINNING_OF = { name: 5, texts: 6 } as const
/** The most characters of a beginning. Longer ones are cut, where they are kept and where they are asked for. */
const LONGEST_BEGINNING = 16

function beginningsOf(word: string): string[] {
  const characters = Array.from(word).slice(0, LONGEST_BEGINNING)
  return characters.map((_, at) => characters.slice(0, at + 1).join('')).slice(SHORTEST_BEGINNING - 1)
}

/**
 * The lexemes that engines keep and look up: the number of the weight with a word, a beginning of a word, or a facet.
 * Nobody can type a facet. Beginnings are lexemes of their own, because an engine gathers all words with a beginning
 * before it knows the first.
 */
export function lexemesOf(texts: SearchedTexts, facets: readonly string[]): string[] {
  const lexemes = new Set(facets)
  const words = new Set<string>()
  for (const [at, text] of [texts.name, texts.publisher, texts.description, texts.about].entries()) {
    for (const word of wordsOf(text)) {
      words.add(word).add(singularOf(word))
      if (at < 3) for (const beginning of beginningsOf(word)) lexemes.add(`${BEGINNING_OF.texts}${beginning}`)
      if (at === 0) for (const beginning of beginningsOf(word)) lexemes.add(`${BEGINNING_OF.name}${beginning}`)
    }
    for (const word of words) lexemes.add(`${at + 1}${word}`)
  }
  return [...lexemes]
}

/** The lexemes to look up: one of each list must be there, for all terms to be in the texts of that weight. */
export const wantedOf = (terms: readonly SearchTerm[], weight: Weight): string[][] =>
  terms.map(({ word, beginning }) => {
    const lexeme = `${weight}${word}`
    if (beginning === undefined) return [lexeme]
    const cut = Array.from(beginning).slice(0, LONGEST_BEGINNING).join('')
    return [lexeme, `${weight < 3 ? BEGINNING_OF.name : BEGINNING_OF.texts}${cut}`]
  })

export interface SearchFilters {
  readonly isVerified: boolean
  /** The operating system, as `platformWord` spells it. */
  readonly operatingSystem: string | undefined
  /** The architecture, as `platformWord` spells it. With an operating system, one image must be for both. */
  readonly architecture: string | undefined
}

const VERIFIED = 'verified'

/** Facets have a dot, which no word has, so that nothing else is spelled like a platform. */
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
