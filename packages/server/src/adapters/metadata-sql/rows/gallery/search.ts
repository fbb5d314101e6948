import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { RegistryAlias } from '../../../../domain/names.ts'
import { type WEIGHTS, wantedOf } from '../../../../domain/search/lexemes.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type {
  FoundRepository,
  SearchOrder,
  SearchQuery,
  SearchRows,
  StaleMark,
} from '../../../../ports/rows/gallery/search.ts'
import { chunksOf } from '../../chunks.ts'
import { toFlag } from '../../columns/stored.ts'
import type { SqlEngine } from '../../engine.ts'
import type { Schema } from '../../schema.ts'

/** What is better comes first, whatever the texts say. */
const TIERS = { exact: 0, lastPart: 1, beginning: 2, words: [3, 4, 6, 7], part: 5, any: 8 } as const

/** Shorter beginnings are of almost every name. */
const SHORTEST_BEGINNING = 2
const SHORTEST_PART = 3

/** Behind all characters of names. */
const BEHIND = '~'

/** The mark of a whole account has it in place of a repository. */
const ALL = 0 as RepositoryId

const ORDERS: Readonly<Record<SearchOrder, string>> = {
  best: 'picked.tier, entry.pulls desc, entry.verified desc, entry.path',
  pulls: 'entry.pulls desc, picked.tier, entry.verified desc, entry.path',
  pushed: 'repositories.last_pushed_at desc, picked.tier, entry.path',
  name: 'entry.name, entry.path',
}

export function searchRows(db: Kysely<Schema>, engine: SqlEngine): SearchRows {
  const find = (limit: number) => new Search(db, engine, limit)

  return {
    async find(query, order, limit) {
      const search = find(limit)
      if (query.terms.length === 0) await search.all(query.facets)
      else {
        if (query.name !== undefined) await search.names(query.name, query.facets)
        await search.words(query)
      }
      return search.ranked(order)
    },

    async complete(name, limit) {
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
        ...{ account_id: accountId, path, name, verified: toFlag(verified) },
        ...{ facets: known, known_facets: known, last_part: name.split('/').at(-1) ?? name },
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

    async nextStale() {
      const [mark] = await staleIn(db).limit(1).execute()
      return mark && toMark(mark)
    },

    claimStale: async limit => (await engine.claiming(staleIn(db)).limit(limit).execute()).map(toMark),

    hasOutdated: async () => (await outdatedIn(db).limit(1).execute()).length > 0,

    claimOutdated: async limit =>
      (await engine.claiming(outdatedIn(db)).limit(limit).execute()).map(({ repository_id }) => repository_id),

    async settle(marks) {
      for (const { accountId, repositoryId = ALL, changes } of marks)
        await db
          .deleteFrom('search_stale')
          .where('account_id', '=', accountId)
          .where('repository_id', '=', repositoryId)
          .where('changes', '<=', changes)
          .execute()
    },

    async spread(accountId) {
      await mark(db, sql<boolean>`account_id = ${accountId} and image_count > 0`)
    },

    async rebuild() {
      await engine.search.clear(db)
      return mark(db, sql<boolean>`image_count > 0`)
    },
  }
}

const staleIn = (db: Kysely<Schema>) =>
  db.selectFrom('search_stale').selectAll().orderBy('account_id').orderBy('repository_id')

/** As the partial index says it. A server of an older release writes `facets` alone. */
const IS_OUTDATED = sql<boolean>`(known_facets is null or known_facets <> facets)`
const outdatedIn = (db: Kysely<Schema>) =>
  db.selectFrom('search_entries').select('repository_id').where(IS_OUTDATED).orderBy('repository_id')

const toMark = (row: Schema['search_stale']): StaleMark => ({
  accountId: row.account_id,
  repositoryId: row.repository_id === ALL ? undefined : row.repository_id,
  changes: row.changes,
})

async function mark(db: Kysely<Schema>, which: RawBuilder<boolean>): Promise<number> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('search_stale')
    .columns(['account_id', 'repository_id', 'changes'])
    .expression(
      db
        .selectFrom('repositories')
        .select(['account_id', 'id', sql<number>`1`.as('changes')])
        .where(which),
    )
    .onConflict(conflict =>
      conflict
        .columns(['account_id', 'repository_id'])
        .doUpdateSet(({ eb }) => ({ changes: eb('search_stale.changes', '+', 1) })),
    )
    .executeTakeFirstOrThrow()
  return Number(numInsertedOrUpdatedRows)
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
      this.#pick(
        column === 'last_part' ? TIERS.lastPart : TIERS.exact,
        await this.#entries(facets)
          .where(column, '=', name as never)
          .execute(),
      )
    if (name.length < SHORTEST_BEGINNING) return
    // The beginning of a path alone is that of a publisher.
    for (const column of name.includes('/') ? (['name', 'path'] as const) : (['name', 'last_part'] as const))
      this.#pick(
        TIERS.beginning,
        await this.#entries(facets)
          .where(column, '>', name as never)
          .where(column, '<', `${name}${BEHIND}` as never)
          .execute(),
      )
  }

  async parts(name: string, facets: readonly string[]): Promise<void> {
    if (name.length < SHORTEST_PART || this.#isFull) return
    const ids = await this.#engine.search.containing(this.#db, name, this.#limit)
    const fitting = facets.length === 0 ? ids : await this.#having(ids, facets)
    this.#pickIds(TIERS.part, fitting)
  }

  /** All that have the words anywhere; where these are too many, those that have them in what weighs most first. */
  async words({ name, terms, facets }: SearchQuery): Promise<void> {
    const narrowed = facets.map(text => [{ text, isBeginning: false }])
    const having = (weight: (typeof WEIGHTS)[number]) =>
      this.#engine.search.matching(this.#db, [...narrowed, ...wantedOf(terms, weight)], this.#limit)
    const anywhere = await having(4)
    for (const [at, weight] of ([1, 2, 3] as const).entries()) {
      if (anywhere.length > 0) this.#pickIds(TIERS.words[at] ?? TIERS.any, await having(weight))
      if (weight === 2 && name !== undefined) await this.parts(name, facets)
    }
    this.#pickIds(TIERS.words[3], anywhere)
  }

  /** Without words: those that are pulled most. */
  async all(facets: readonly string[]): Promise<void> {
    if (facets.length > 0) {
      const narrowed = facets.map(text => [{ text, isBeginning: false }])
      return this.#pickIds(TIERS.any, await this.#engine.search.matching(this.#db, narrowed, this.#limit))
    }
    const entries = this.#entries(facets).orderBy('pulls', 'desc').orderBy('repository_id', 'desc')
    this.#pick(TIERS.any, await entries.execute())
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

  #entries(facets: readonly string[]) {
    let query = this.#db.selectFrom('search_entries').select('repository_id as id').limit(this.#limit)
    for (const facet of facets) query = query.where('facets', 'like', `% ${facet} %`)
    return query
  }

  async #having(ids: readonly RepositoryId[], facets: readonly string[]): Promise<RepositoryId[]> {
    const fitting: RepositoryId[] = []
    for (const chunk of chunksOf(ids))
      for (const { id } of await this.#entries(facets).where('repository_id', 'in', chunk).execute()) fitting.push(id)
    return fitting
  }

  #pick(tier: number, rows: readonly { id: RepositoryId }[]): void {
    this.#pickIds(
      tier,
      rows.map(({ id }) => id),
    )
  }

  #pickIds(tier: number, ids: readonly RepositoryId[]): void {
    for (const id of ids) {
      if (this.#isFull) return
      if (!this.#picked.has(id)) this.#picked.set(id, tier)
    }
  }
}

type Packed = [FoundRepository['id'], FoundRepository['accountId'], FoundRepository['name'], FoundRepository['pulls']]
