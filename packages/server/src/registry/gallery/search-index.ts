import type { AccountId } from '../../domain/names.ts'
import { facetsFrom, lexemesOf } from '../../domain/search/lexemes.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { SearchEntry } from '../../ports/rows/gallery/search.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { RegistryContext } from '../context.ts'
import { lastDays } from '../images/pull-counts.ts'
import { Pace } from '../pace.ts'
import { RECENT_DAYS } from './shown-pulls.ts'

/** The most repositories of one transaction. Their texts are long, and SQLite takes them in on this thread. */
const BATCH = 20
/** How many platforms of one repository are known to search. */
const PLATFORMS = 100

export interface RefreshOptions {
  readonly signal?: AbortSignal | undefined
  /** Whether somebody waits for the end. */
  readonly isAwaited?: boolean
  /** Called with how many marks were seen to since the last time. */
  readonly onDone?: (count: number) => void
}

/**
 * Brings search up to date with all that is marked. An entry is there for as long as its repository holds images.
 * Several processes may do it at once: each has marks of its own in hand. Returns how many marks it has seen
 * to, and how many entries of older servers.
 */
export async function refreshSearch(
  { metadata, clock }: RegistryContext,
  options: RefreshOptions = {},
): Promise<number> {
  const { signal, isAwaited = false, onDone = () => {} } = options
  const pace = new Pace(metadata, { most: BATCH, isAwaited })
  let done = 0
  while (signal?.aborted !== true) {
    const next = await metadata.rows.searchMarks.nextStale()
    if (next === undefined && !(await metadata.rows.searchMarks.hasOutdated())) break
    const isLarge = next !== undefined && next.repositoryId === undefined
    const seen = await pace.work(size => metadata.transaction(rows => refreshSome(rows, clock, size), { isLarge }))
    // Other processes have all marks in hand.
    if (seen === 0) break
    done += seen
    onDone(seen)
    await pace.rest(signal)
  }
  return done
}

async function refreshSome(rows: Rows, clock: Clock, most: number): Promise<number> {
  const marks = await rows.searchMarks.claimStale(most)
  for (const { accountId, repositoryId } of marks)
    if (repositoryId === undefined) await rows.searchMarks.spread(accountId)
  const outdated = marks.length < most ? await rows.searchMarks.claimOutdated(most - marks.length) : []
  const marked = marks.flatMap(({ repositoryId }) => (repositoryId === undefined ? [] : [repositoryId]))
  const ids = [...new Set([...marked, ...outdated])]
  const shown = await rows.shownRepositories.ofIds(ids)
  const aliases = new Map<AccountId, string>()
  for (const accountId of new Set(shown.map(repository => repository.accountId)))
    aliases.set(accountId, (await rows.registries.aliases(accountId)).map(({ alias }) => alias).join(' '))
  for (const repository of shown) {
    const platforms = await rows.imageConfigs.ofRepository(repository.id, PLATFORMS)
    await rows.search.put(entryOf(repository, aliases.get(repository.accountId) ?? '', platforms))
  }
  await rows.pullCounts.countForSearch(ids, lastDays(clock, RECENT_DAYS))
  const isShown = new Set(shown.map(({ id }) => id))
  await rows.search.remove(ids.filter(id => !isShown.has(id)))
  // Those that were marked once more just now, with their account, stay.
  await rows.searchMarks.settle(marks)
  return marks.length + outdated.length
}

/** `aliases` are all of the registry's, with blanks between. */
function entryOf(repository: ShownRepository, aliases: string, platforms: readonly string[]): SearchEntry {
  const { id, accountId, alias, name, displayName = '', verified, catalogData = {} } = repository
  const facets = facetsFrom(verified, platforms)
  const texts = {
    name,
    publisher: `${aliases} ${displayName}`,
    description: catalogData.description ?? '',
    about: catalogData.aboutText ?? '',
  }
  return { id, accountId, alias, name, verified, facets, lexemes: lexemesOf(texts, facets) }
}

/** Makes all entries anew. Search finds little until it has ended. Returns how many repositories there are. */
export async function rebuildSearch(context: RegistryContext, options: RefreshOptions = {}): Promise<number> {
  const count = await context.metadata.transaction(rows => rows.search.rebuild(), { isLarge: true })
  await refreshSearch(context, { ...options, isAwaited: true })
  return count
}

/** How many repositories one transaction counts the pulls of. */
const COUNTED = 100

/** Brings up to date what search goes by where it puts what is pulled most first. */
export async function countPulls({ metadata, clock }: RegistryContext, signal?: AbortSignal): Promise<void> {
  const pace = new Pace(metadata, { most: COUNTED })
  let after: RepositoryId | undefined
  while (signal?.aborted !== true) {
    const ids = await metadata.rows.pullCounts.repositories({ after, limit: pace.size })
    after = ids.at(-1)
    if (after === undefined) return
    await pace.work(() =>
      metadata.transaction(rows => rows.pullCounts.countForSearch(ids, lastDays(clock, RECENT_DAYS))),
    )
    await pace.rest(signal)
  }
}
