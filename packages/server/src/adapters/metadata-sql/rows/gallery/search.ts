import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { RegistryAlias } from '../../../../domain/names.ts'
import { type WEIGHTS, wantedOf } from '../../../../domain/search/lexemes.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { FoundRepository, SearchOrder, SearchQuery, SearchRows } from '../../../../ports/rows/gallery/search.ts'
import { chunksOf } from '../../chunks.ts'
import { toFlag } from '../../columns/stored.ts'
import type { SqlEngine } from '../../engine.ts'
import type { Schema } from '../../schema.ts'
import { markStale } from './search-marks.ts'

/** The tiers of what is found. A better tier comes first, whatever the texts say. */
const TIERS = { exact: 0, lastPart: 1, beginning: 2, words: [3, 4, 6, 7], part: 5, any: 8 } as const

/** The fewest characters of a beginning: shorter ones are of almost every name. */
const SHORTEST_BEGINNING = 2
const SHORTEST_PART = 3

/**
 * The most words that are weighed. More are seldom all in a publisher or one description: to look for that walks
 * through most of each.
 */
const MOST_WEIGHED = 4

/** A character behind all those of names. */
const BEHIND = '~'

const ORDERS: Readonly<Record<SearchOrder, string>> = {
  best: 'picked.tier, entry.pulls desc, entry.verified desc, entry.path',
  pulls: 'entry.pulls desc, picked.tier, entry.verified desc, entry.path',
  pushed: 'repositories.last_pushed_at desc, picked.tier, entry.path',
  name: 'entry.name, entry.path',
}

/** The order of all repositories, each by an index. */
const FIRST: Readonly<Record<SearchOrder, RawBuilder<unknown>>> = {
  best: sql`select repository_id as id from search_entries order by pulls desc, repository_id desc`,
  pulls: sql`select repository_id as id from search_entries order by pulls desc, repository_id desc`,
  pushed: sql`select id from repositories where image_count > 0 and last_pushed_at is not null
    order by last_pushed_at desc, id desc`,
  name: sql`select repository_id as id from search_entries order by name`,
}

export function searchRows(db: Kysely<Schema>, engine: SqlEngine): SearchRows {
  const find = (limit: number) => new Search(db, engine, limit)

  return {
    async find(query, order, limit) {
      const search = find(limit)
      if (query.terms.length === 0) await search.all(order, query.facets)
      else {
        if (query.name !== undefined) await search.names(query.name, query.facets)
        await search.words(query)
      }
      return search.ranked(order)
    },

    async complete(name, limit) {
      // No name has a NUL, and an engine takes it for the end of a text, or for none.
      if (name.includes('\0')) return []
      const search = find(limit)
      await search.names(name, [])
      await search.parts(name, [])
      return search.ranked('best')
    },

    async list({ after, upTo, limit }) {
      let query = db
        .selectFrom('search_entries as entry')
        .innerJoin('repositories', 'repositories.id', 'entry.repository_id')
        .select(['entry.repository_id as id', 'entry.account_id as accountId', 'entry.name', 'entry.path'])
        .select('repositories.last_pushed_at as lastPushedAt')
        .orderBy('entry.repository_id')
        .limit(limit)
      if (after !== undefined) query = query.where('entry.repository_id', '>', after)
      if (upTo !== undefined) query = query.where('entry.repository_id', '<=', upTo)
      return (await query.execute()).map(({ path, lastPushedAt, ...row }) => ({
        ...row,
        alias: path.slice(0, path.indexOf('/')) as RegistryAlias,
        lastPushedAt: lastPushedAt ?? undefined,
      }))
    },

    async put({ id, accountId, alias, name, verified, facets, lexemes }) {
      const path = `${alias}/${name}`
      const known = ` ${facets.join(' ')} `
      const values = {
        account_id: accountId,
        path,
        name,
        verified: toFlag(verified),
        facets: known,
        known_facets: known,
        last_part: name.split('/').at(-1) ?? name,
      }
      await db
        .insertInto('search_entries')
        .values({ repository_id: id, ...values })
        .onConflict(conflict => conflict.column('repository_id').doUpdateSet(values))
        .execute()
      await engine.search.put(db, id, lexemes, path)
    },

    async remove(ids) {
      for (const chunk of chunksOf(ids)) {
        await db.deleteFrom('search_entries').where('repository_id', 'in', chunk).execute()
        await engine.search.remove(db, chunk)
      }
    },

    async rebuild() {
      await engine.search.clear(db)
      return markStale(db, sql<boolean>`image_count > 0`)
    },
  }
}

/** One search: what it has picked so far, each with the tier in which it was found first. */
class Search {
  readonly #db: Kysely<Schema>
  readonly #engine: SqlEngine
  readonly #limit: number
  readonly #picked = new Map<RepositoryId, number>()

  constructor(db: Kysely<Schema>, engine: SqlEngine, limit: number) {
    this.#db = db
    this.#engine = engine
    this.#limit = limit
  }

  async names(name: string, facets: readonly string[]): Promise<void> {
    for (const column of ['path', 'name', 'last_part'] as const)
      await this.#pickFrom(
        column === 'last_part' ? TIERS.lastPart : TIERS.exact,
        sql`select repository_id as id from search_entries where ${sql.ref(column)} = ${name}`,
        facets,
      )
    if (name.length < SHORTEST_BEGINNING) return
    // Paths count only for a text with a slash: without one, the beginning of a path is that of a publisher alone.
    for (const column of name.includes('/') ? (['name', 'path'] as const) : (['name', 'last_part'] as const))
      await this.#pickFrom(
        TIERS.beginning,
        sql`select repository_id as id from search_entries
          where ${sql.ref(column)} > ${name} and ${sql.ref(column)} < ${`${name}${BEHIND}`}`,
        facets,
      )
  }

  async parts(name: string, facets: readonly string[]): Promise<void> {
    if (name.length < SHORTEST_PART) return
    const isPart = sql<boolean>`entry.path like ${patternOf(name)} escape '\\'`
    await this.#pickFrom(TIERS.part, this.#engine.search.containing(name), facets, isPart)
  }

  /** Picks all that have the words anywhere, those first in which they weigh most, until there are enough. */
  async words({ name, terms, facets }: SearchQuery): Promise<void> {
    const narrowed = facets.map(facet => [facet])
    const having = (weight: (typeof WEIGHTS)[number]) =>
      this.#ids(this.#engine.search.matching([...narrowed, ...wantedOf(terms, weight)]))
    this.#pick(TIERS.words[0], await having(1))
    if (this.#isFull) return
    const anywhere = await having(4)
    const isWeighed = terms.length <= MOST_WEIGHED && anywhere.some(id => !this.#picked.has(id))
    if (isWeighed) this.#pick(TIERS.words[1], await having(2))
    if (name !== undefined) await this.parts(name, facets)
    if (isWeighed && !this.#isFull) this.#pick(TIERS.words[2], await having(3))
    this.#pick(TIERS.words[3], anywhere)
  }

  /** Picks without words: the first repositories in the order, or any that have the facets. */
  async all(order: SearchOrder, facets: readonly string[]): Promise<void> {
    const query = facets.length > 0 ? this.#engine.search.matching(facets.map(facet => [facet])) : FIRST[order]
    this.#pick(TIERS.any, await this.#ids(query))
  }

  async ranked(order: SearchOrder): Promise<FoundRepository[]> {
    if (this.#picked.size === 0) return []
    const { search } = this.#engine
    const columns = sql`entry.repository_id, entry.account_id, entry.name, entry.pulls`
    const joined = order === 'pushed' ? sql`join repositories on repositories.id = entry.repository_id` : sql``
    const { rows } = await sql<{ found: string | Packed[] | null }>`
      select ${search.packed(columns, sql.raw(ORDERS[order]))} as found
      from ${search.pairs(JSON.stringify([...this.#picked]))} as picked
      join search_entries as entry on entry.repository_id = picked.id ${joined}`.execute(this.#db)
    const found = rows[0]?.found ?? []
    const packed = typeof found === 'string' ? (JSON.parse(found) as Packed[]) : found
    return packed.map(([id, accountId, name, pulls]) => ({ id, accountId, name, pulls }))
  }

  get #isFull(): boolean {
    return this.#picked.size >= this.#limit
  }

  /** The first ids that a query with a column `id` brings, as one value: thousands of rows are slow to read. */
  async #ids(query: RawBuilder<unknown>): Promise<readonly RepositoryId[]> {
    const { rows } = await sql<{ ids: string | RepositoryId[] | null }>`
      select ${sql.raw(this.#engine.search.array)}(id) as ids from (${query} limit ${this.#limit}) as page`.execute(
      this.#db,
    )
    const ids = rows[0]?.ids ?? []
    return typeof ids === 'string' ? (JSON.parse(ids) as RepositoryId[]) : ids
  }

  /** Picks among the first that a query brings, so that the reading does not grow with what the facets leave out. */
  async #pickFrom(
    tier: number,
    query: RawBuilder<unknown>,
    facets: readonly string[],
    ...conditions: RawBuilder<boolean>[]
  ): Promise<void> {
    if (this.#isFull) return
    for (const facet of facets) conditions.push(sql`entry.facets like ${`% ${facet} %`}`)
    if (conditions.length === 0) return this.#pick(tier, await this.#ids(query))
    // One entry is read for each that is given. A join could begin with all entries that have the facets.
    const fitting = sql`select given.id from (${query} limit ${this.#limit}) as given where
      (select ${sql.join(conditions, sql` and `)} from search_entries as entry where entry.repository_id = given.id)`
    this.#pick(tier, await this.#ids(fitting))
  }

  #pick(tier: number, ids: readonly RepositoryId[]): void {
    for (const id of ids) {
      if (this.#isFull) return
      if (!this.#picked.has(id)) this.#picked.set(id, tier)
    }
  }
}

/** A pattern of `like` for what has a text in it, with the escapes of a backslash. */
export const patternOf = (part: string): string => `%${part.replace(/[\\%_]/g, '\\$&')}%`

type Packed = [FoundRepository['id'], FoundRepository['accountId'], FoundRepository['name'], FoundRepository['pulls']]
