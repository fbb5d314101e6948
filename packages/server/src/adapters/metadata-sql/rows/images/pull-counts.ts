import { type Kysely, sql } from 'kysely'
import { groupBy } from '../../../../domain/group-by.ts'
import type { Tag } from '../../../../domain/names.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import { COUNTED_TAGS, type PullCount, type PullCountRows } from '../../../../ports/rows/images/pull-counts.ts'
import { chunksOf, readInChunks } from '../../chunks.ts'
import { removeSome } from '../../empty-repository.ts'
import { HIDDEN } from '../../hidden.ts'
import type { Schema } from '../../schema.ts'

/** A count of a tag. */
type TagCount = PullCount & { readonly tag: Tag }

const KEYS = [
  ['repository_pulls', ['repository_id', 'day']],
  ['tag_pulls', ['repository_id', 'tag', 'day']],
] as const

const sum = sql<number>`cast(sum(pulls) as bigint)`

export function pullCountRows(db: Kysely<Schema>): PullCountRows {
  return {
    async add(counts) {
      const there = await repositoriesAmong(db, [...new Set(counts.map(count => count.repositoryId))])
      const kept = counts.filter(({ repositoryId }) => there.has(repositoryId))
      for (const chunk of chunksOf(inOrder(kept.filter(({ tag }) => tag === undefined)))) await addWhole(db, chunk)
      const ofTags = kept.filter((count): count is TagCount => count.tag !== undefined)
      for (const chunk of chunksOf(inOrder(await withinBound(db, ofTags)))) await addOfTags(db, chunk)
    },

    byDay: (repositoryId, { first, last }) =>
      db
        .selectFrom('repository_pulls')
        .select(['day', 'pulls'])
        .where('repository_id', '=', repositoryId)
        .where('day', '>=', first)
        .where('day', '<=', last)
        .orderBy('day')
        .execute(),

    async ofTags(repositoryId, tags, { first, last }) {
      const found = await readInChunks(tags, chunk =>
        db
          .selectFrom('tag_pulls')
          .select(['tag', sum.as('pulls')])
          .where('repository_id', '=', repositoryId)
          .where('tag', 'in', chunk)
          .where('day', '>=', first)
          .where('day', '<=', last)
          .groupBy('tag')
          .execute(),
      )
      return new Map(found.map(({ tag, pulls }) => [tag, pulls]))
    },

    async repositories({ after, limit }) {
      let query = db.selectFrom('repository_pulls').select('repository_id').distinct().limit(limit)
      if (after !== undefined) query = query.where('repository_id', '>', after)
      return (await query.orderBy('repository_id').execute()).map(row => row.repository_id)
    },

    async countForSearch(ids, { first, last }) {
      const pulls = sql<number>`coalesce((select cast(sum(repository_pulls.pulls) as bigint) from repository_pulls
        where repository_pulls.repository_id = search_entries.repository_id and day between ${first} and ${last}
          and not exists (select 1 from registries
            where registries.account_id = search_entries.account_id and hides_pulls = 1)), 0)`
      for (const chunk of chunksOf(ids))
        await db
          .updateTable('search_entries')
          .set({ pulls })
          .where('repository_id', 'in', chunk)
          .where('pulls', '<>', pulls)
          .execute()
    },

    async removeOutside({ first, last }, limit) {
      let removed = 0
      for (const which of [sql`day < ${first}`, sql`day > ${last}`])
        for (const [table, key] of KEYS)
          if (removed < limit) removed += await removeSome(db, table, key, which, limit - removed)
      return removed
    },
  }
}

/** The counts in one order for all servers, so that none waits for another that waits for it. */
const inOrder = <Count extends PullCount>(counts: readonly Count[]): Count[] =>
  counts.toSorted(
    (a, b) => a.repositoryId - b.repositoryId || a.day - b.day || ((a.tag ?? '') < (b.tag ?? '') ? -1 : 1),
  )

/** The repositories among the ids that are not about to be deleted. */
async function repositoriesAmong(db: Kysely<Schema>, ids: readonly RepositoryId[]): Promise<Set<RepositoryId>> {
  const found = await readInChunks(ids, chunk =>
    db.selectFrom('repositories').select('id').where('id', 'in', chunk).where('name', '<', HIDDEN).execute(),
  )
  return new Set(found.map(row => row.id))
}

async function addWhole(db: Kysely<Schema>, counts: readonly PullCount[]): Promise<void> {
  await db
    .insertInto('repository_pulls')
    .values(counts.map(({ repositoryId, day, pulls }) => ({ repository_id: repositoryId, day, pulls })))
    .onConflict(conflict =>
      conflict
        .columns(['repository_id', 'day'])
        .doUpdateSet(({ eb, ref }) => ({ pulls: eb('repository_pulls.pulls', '+', ref('excluded.pulls')) })),
    )
    .execute()
}

async function addOfTags(db: Kysely<Schema>, counts: readonly TagCount[]): Promise<void> {
  await db
    .insertInto('tag_pulls')
    .values(counts.map(({ repositoryId, tag, day, pulls }) => ({ repository_id: repositoryId, tag, day, pulls })))
    .onConflict(conflict =>
      conflict
        .columns(['repository_id', 'tag', 'day'])
        .doUpdateSet(({ eb, ref }) => ({ pulls: eb('tag_pulls.pulls', '+', ref('excluded.pulls')) })),
    )
    .execute()
}

/** The counts without those of tags that would be one too many of their day and repository. */
async function withinBound(db: Kysely<Schema>, counts: readonly TagCount[]): Promise<TagCount[]> {
  const kept: TagCount[] = []
  for (const [day, ofDay] of groupBy(
    counts,
    count => count.day,
    count => count,
  )) {
    const groups = groupBy(
      ofDay,
      count => count.repositoryId,
      count => count,
    )
    const counted = await tagsCounted(db, day, [...groups.keys()])
    for (const [repositoryId, group] of groups) {
      let room = COUNTED_TAGS - (counted.get(repositoryId) ?? 0)
      const isRoom = group.length <= room
      const known = isRoom ? undefined : await tagsKnown(db, repositoryId, day, group)
      for (const count of group) if (isRoom || known?.has(count.tag) || room-- > 0) kept.push(count)
    }
  }
  return kept
}

/** How many tags of each repository have a count on that day. */
async function tagsCounted(
  db: Kysely<Schema>,
  day: number,
  ids: readonly RepositoryId[],
): Promise<Map<RepositoryId, number>> {
  const found = await readInChunks(ids, chunk =>
    db
      .selectFrom('tag_pulls')
      .select(['repository_id', sql<number>`count(*)`.as('tags')])
      .where('day', '=', day)
      .where('repository_id', 'in', chunk)
      .groupBy('repository_id')
      .execute(),
  )
  return new Map(found.map(row => [row.repository_id, row.tags]))
}

async function tagsKnown(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  day: number,
  counts: readonly TagCount[],
): Promise<Set<Tag>> {
  const tags = counts.map(({ tag }) => tag)
  const found = await readInChunks(tags, chunk =>
    db
      .selectFrom('tag_pulls')
      .select('tag')
      .where('repository_id', '=', repositoryId)
      .where('tag', 'in', chunk)
      .where('day', '=', day)
      .execute(),
  )
  return new Set(found.map(row => row.tag))
}
