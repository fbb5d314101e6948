import type { Reader } from '../../domain/may-read.ts'
import { facetsOf, type SearchFilters } from '../../domain/search/lexemes.ts'
import { readSearchText } from '../../domain/search/search-text.ts'
import type { SearchOrder } from '../../ports/rows/gallery/search.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { GalleryServices } from './services.ts'

/** Repositories on one page. */
const PAGE = 24
/** Of all that fit, so many are put into order. */
const LOOKED_AT = 5_000

export interface SearchRequest extends SearchFilters {
  readonly text: string
  readonly order: SearchOrder
  /** How many results come before the page. */
  readonly after: number
}

export interface SearchResults {
  readonly items: readonly ShownRepository[]
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
  const { search, shownRepositories } = context.metadata.rows
  const typed = readSearchText(text)
  // What was typed and has no words is of nothing.
  const isOfNothing = text.trim() !== '' && typed.terms.length === 0
  const all = isOfNothing ? [] : await search.find({ ...typed, facets: facetsOf(filters) }, order, LOOKED_AT)
  const found = all.filter(repository => mayRead(reader, repository))
  const ids = found.slice(after, after + PAGE).map(({ id }) => id)
  const shown = new Map((await shownRepositories.ofIds(ids)).map(row => [row.id, row]))
  const next = after + PAGE < found.length ? after + PAGE : undefined
  const items = ids.flatMap(id => shown.get(id) ?? [])
  return { items, total: found.length, isCut: all.length === LOOKED_AT, next }
}
