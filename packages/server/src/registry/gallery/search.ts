import type { Reader } from '../../domain/may-read.ts'
import { facetsOf, type SearchFilters } from '../../domain/search/lexemes.ts'
import { readSearchText } from '../../domain/search/search-text.ts'
import type { FoundRepository, SearchOrder } from '../../ports/rows/gallery/search.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { RegistryContext } from '../context.ts'
import type { GalleryServices } from './services.ts'

/** Repositories on one page. */
const PAGE = 24
/** How many of all that fit are put into order. */
const LOOKED_AT = 1_000

/** Repositories that home says are pulled most, and of how many they are taken: some nobody may know of. */
const MOST_PULLED = 10
const MOST_PULLED_LOOKED_AT = 100
const EVERYTHING = { name: undefined, terms: [], facets: [] }

/** Names that are suggested, of how many they are taken, and from how many characters on. */
const SUGGESTED = 10
const SUGGESTED_LOOKED_AT = 100
const SHORTEST_NAME = 2

/** A repository with its pulls of the last days; undefined where its registry hides them. */
export type PulledRepository = ShownRepository & { readonly pulls: number | undefined }

export interface SearchRequest extends SearchFilters {
  readonly text: string
  readonly order: SearchOrder
  /** How many results come before the page. */
  readonly after: number
}

export interface SearchResults {
  readonly items: readonly PulledRepository[]
  /** How many the reader may know of, of those that were looked at. */
  readonly total: number
  /** Whether there may be more than were looked at. */
  readonly isCut: boolean
  /** Where the next page begins; undefined at the end. */
  readonly next: number | undefined
}

/** Repositories that hold images, by words, names and filters. A text without words and filters finds all. */
export async function searchRepositories(
  { context, mayRead }: GalleryServices,
  reader: Reader,
  { text, order, after, ...filters }: SearchRequest,
): Promise<SearchResults> {
  const { search } = context.metadata.rows
  const typed = readSearchText(text)
  // A text that was typed and has no words finds nothing.
  const isOfNothing = text.trim() !== '' && typed.terms.length === 0
  const all = isOfNothing ? [] : await search.find({ ...typed, facets: facetsOf(filters) }, order, LOOKED_AT)
  const found = all.filter(repository => mayRead(reader, repository))
  const next = after + PAGE < found.length ? after + PAGE : undefined
  const items = await showFound(context, found.slice(after, after + PAGE))
  return { items, total: found.length, isCut: all.length === LOOKED_AT, next }
}

/** What is pulled most on the days that are recent, as `countPulls` has counted; no repository that was not pulled. */
export async function listMostPulled(
  { context, mayRead }: GalleryServices,
  reader: Reader,
): Promise<PulledRepository[]> {
  const all = await context.metadata.rows.search.find(EVERYTHING, 'pulls', MOST_PULLED_LOOKED_AT)
  const found = all.filter(repository => repository.pulls > 0 && mayRead(reader, repository))
  const shown = await showFound(context, found)
  return shown.filter(({ hidesPulls }) => !hidesPulls).slice(0, MOST_PULLED)
}

/**
 * Repositories whose names may be meant by what is typed so far, ten at most. A single character says too
 * little.
 */
export async function suggestNames(
  { context, mayRead }: GalleryServices,
  reader: Reader,
  text: string,
): Promise<PulledRepository[]> {
  const { name } = readSearchText(text)
  if (name === undefined || name.length < SHORTEST_NAME) return []
  const all = await context.metadata.rows.search.complete(name, SUGGESTED_LOOKED_AT)
  return showFound(context, all.filter(repository => mayRead(reader, repository)).slice(0, SUGGESTED))
}

/** What was found, in its order, as far as it is still there. */
async function showFound(
  { metadata }: RegistryContext,
  found: readonly FoundRepository[],
): Promise<PulledRepository[]> {
  const rows = await metadata.rows.shownRepositories.ofIds(found.map(({ id }) => id))
  const shown = new Map(rows.map(row => [row.id, row]))
  return found.flatMap(({ id, pulls }) => {
    const repository = shown.get(id)
    return repository === undefined ? [] : [{ ...repository, pulls: repository.hidesPulls ? undefined : pulls }]
  })
}
