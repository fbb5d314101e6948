import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { SearchMarkRows, StaleMark } from '../../../../ports/rows/gallery/search-marks.ts'
import type { SqlEngine } from '../../engine.ts'
import type { Schema } from '../../schema.ts'

/** The mark of a whole account has it in place of a repository. */
const ALL = 0 as RepositoryId

export function searchMarkRows(db: Kysely<Schema>, engine: SqlEngine): SearchMarkRows {
  return {
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
      await markStale(db, sql<boolean>`account_id = ${accountId} and image_count > 0`)
    },
  }
}

const staleIn = (db: Kysely<Schema>) =>
  db.selectFrom('search_stale').selectAll().orderBy('account_id').orderBy('repository_id')

/** The condition, as the partial index says it. A server of an older release writes `facets` alone. */
const IS_OUTDATED = sql<boolean>`(known_facets is null or known_facets <> facets)`
const outdatedIn = (db: Kysely<Schema>) =>
  db.selectFrom('search_entries').select('repository_id').where(IS_OUTDATED).orderBy('repository_id')

const toMark = (row: Schema['search_stale']): StaleMark => ({
  accountId: row.account_id,
  repositoryId: row.repository_id === ALL ? undefined : row.repository_id,
  changes: row.changes,
})

/** Marks the repositories that `which` names. Returns how many they are. */
export async function markStale(db: Kysely<Schema>, which: RawBuilder<boolean>): Promise<number> {
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
