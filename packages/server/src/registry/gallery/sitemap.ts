import type { Reader } from '../../domain/may-read.ts'
import type { RegistryAlias, RepositoryName } from '../../domain/names.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ListedRepository } from '../../ports/rows/gallery/search.ts'
import { ownTurn } from '../../runtime/own-turn.ts'
import type { GalleryServices } from './services.ts'

/** A file lists repositories whose ids lie in a range of so many: so it has 20,001 addresses at most. */
const RANGE = 10_000
/** The first `n`-th file begins behind this id. */
const startOf = (file: number) => ((file - 1) * RANGE) as RepositoryId
/** Rows that are read at once. */
const BATCH = 500
/** What an address and its row take. */
const ENTRY_BYTES = 2_000
/** An index has no more files (sitemaps.org). */
const FILES = 50_000

/** A page for search engines: the home page, a publisher, or a repository that holds images. */
export interface SitemapEntry {
  readonly page: 'home' | { readonly alias: RegistryAlias; readonly name?: RepositoryName }
  readonly lastPushedAt?: number | undefined
}

/**
 * The numbers of the files that a sitemap has; the first is always among them. The cost goes by files, not by
 * repositories.
 */
export async function listSitemaps({ context }: GalleryServices): Promise<number[]> {
  const files = [1]
  let after = startOf(2)
  while (files.length < FILES) {
    const [next] = await context.metadata.rows.search.list({ after, limit: 1 })
    if (next === undefined) break
    const file = Math.ceil(next.id / RANGE)
    files.push(file)
    after = startOf(file + 1)
    if (files.length % BATCH === 0) await ownTurn()
  }
  return files
}

/**
 * The entries of one file that the reader may know of: each repository, and once each publisher of one. A publisher
 * may be in several files. @throws RegistryError `unavailable` where memory is short
 */
export async function readSitemap(
  { context, mayRead }: GalleryServices,
  reader: Reader,
  file: number,
  share: MemoryShare,
): Promise<SitemapEntry[]> {
  const entries: SitemapEntry[] = file === 1 ? [{ page: 'home' }] : []
  const publishers = new Set<RegistryAlias>()
  let after = startOf(file)
  for (let rows: ListedRepository[] = []; ; after = rows.at(-1)?.id ?? after) {
    share.hold(share.sizeBytes + BATCH * ENTRY_BYTES)
    rows = await context.metadata.rows.search.list({ after, upTo: startOf(file + 1), limit: BATCH })
    for (const row of rows) {
      if (!mayRead(reader, row)) continue
      const { alias, name, lastPushedAt } = row
      if (!publishers.has(alias)) entries.push({ page: { alias } })
      publishers.add(alias)
      entries.push({ page: { alias, name }, lastPushedAt })
    }
    if (rows.length < BATCH) return entries
    await ownTurn()
  }
}
