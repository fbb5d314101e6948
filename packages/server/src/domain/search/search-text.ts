import { singularOf, wordsOf } from './search-words.ts'

/** The most characters that are looked at. Nobody types more, and what is pasted may be anything. */
const SEARCH_TEXT_LIMIT = 500

/** The most words of one text. Further ones are left out: each costs a walk through all that have it. */
const MOST_TERMS = 8

/** From so many characters on, the last word stands for all that begin with it. */
export const SHORTEST_BEGINNING = 2

/** A word that must be there. */
export interface SearchTerm {
  /** The word, in the singular. */
  readonly word: string
  /** What the word may begin with instead: the person may not have typed it to its end. */
  readonly beginning: string | undefined
}

/** What a person typed. */
export interface SearchText {
  /** The whole text, where it may be a name or the beginning of one, in lower case. */
  readonly name: string | undefined
  readonly terms: readonly SearchTerm[]
}

const NAME = /^[a-z0-9][a-z0-9._/-]*$/

/** Reads whatever somebody types; a text that has no words finds nothing. */
export function readSearchText(text: string): SearchText {
  const typed = text.slice(0, SEARCH_TEXT_LIMIT).trim().toLowerCase()
  const words = [...new Set(wordsOf(typed))].slice(0, MOST_TERMS)
  const terms = words.map((word, at) => ({
    word: singularOf(word),
    beginning: at === words.length - 1 && [...word].length >= SHORTEST_BEGINNING ? word : undefined,
  }))
  return { name: NAME.test(typed) ? typed : undefined, terms }
}
