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
  readonly operatingSystem: string | undefined
  readonly architecture: string | undefined
}

const facet = (kind: 'os' | 'arch', text: string): string => `${kind}${wordsOf(text).join('')}`

/** The facets that a repository must have. */
export const facetsOf = ({ isVerified, operatingSystem, architecture }: SearchFilters): string[] => [
  ...(isVerified ? ['verified'] : []),
  ...(operatingSystem === undefined ? [] : [facet('os', operatingSystem)]),
  ...(architecture === undefined ? [] : [facet('arch', architecture)]),
]

/** The facets that a repository has. */
export const facetsFrom = (
  isVerified: boolean,
  operatingSystems: readonly string[] = [],
  architectures: readonly string[] = [],
): string[] => [
  ...(isVerified ? ['verified'] : []),
  ...operatingSystems.map(text => facet('os', text)),
  ...architectures.map(text => facet('arch', text)),
]
