import { type Kysely, sql } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import { groupBy } from '../../../../domain/group-by.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { LostTag, TagHistoryRows, TagMoveRow } from '../../../../ports/rows/images/tag-history.ts'
import { chunksOf, readInChunks } from '../../chunks.ts'
import type { Stored } from '../../columns/stored.ts'
import type { Schema } from '../../schema.ts'

/** The moves of one statement: each takes ten of the parameters that a statement may have. */
const INSERTED = 100

/** The value stands in the statement itself, for the indexes that have nothing else. */
const LOST = sql.lit(1 as const)

const MOVE = [
  'id',
  'repository_id as repositoryId',
  'account_id as accountId',
  'tag',
  'from_digest as from',
  'to_digest as to',
  'moved_at as movedAt',
  'moved_by as movedBy',
  'keep_until as keepUntil',
] as const

export function tagHistoryRows(db: Kysely<Schema>): TagHistoryRows {
  const moves = () => db.selectFrom('tag_moves').select(MOVE)
  const lost = () => moves().where('is_lost', '=', LOST)

  const regaining = (repositoryId: RepositoryId, digest: Digest) =>
    db
      .updateTable('tag_moves')
      .set({ is_lost: 0 })
      .where('repository_id', '=', repositoryId)
      .where('from_digest', '=', digest)
      .where('is_lost', '=', LOST)

  return {
    async append(added) {
      for (const moves of groupBy(
        added,
        move => `${move.repositoryId} ${move.to}`,
        move => move,
      ).values()) {
        const [{ repositoryId, to } = { repositoryId: undefined, to: undefined }] = moves
        if (repositoryId === undefined || to === undefined) continue
        for (const chunk of chunksOf(moves.map(move => move.tag)))
          await regaining(repositoryId, to).where('tag', 'in', chunk).execute()
      }
      for (let start = 0; start < added.length; start += INSERTED) {
        const values = added.slice(start, start + INSERTED).map(move => ({
          repository_id: move.repositoryId,
          account_id: move.accountId,
          tag: move.tag,
          from_digest: move.from ?? null,
          to_digest: move.to ?? null,
          moved_at: move.movedAt,
          moved_by: move.movedBy,
          keep_until: move.keepUntil,
          is_lost: move.from === undefined ? (0 as const) : (1 as const),
        }))
        await db.insertInto('tag_moves').values(values).execute()
      }
    },

    async regained(repositoryId, digest) {
      const held = db
        .selectFrom('tags')
        .select('tag')
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest)
      await regaining(repositoryId, digest).where('tag', 'in', held).execute()
    },

    async list(repositoryId, tag, { after, limit, notDueAt }) {
      let query = moves()
        .where('repository_id', '=', repositoryId)
        .where('tag', '=', tag)
        .where('keep_until', '>', notDueAt)
      if (after !== undefined) query = query.where('id', '<', after)
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map(toMove)
    },

    async lost(repositoryId, { after, limit, notDueAt }) {
      let query = lost().where('repository_id', '=', repositoryId).where('keep_until', '>', notDueAt)
      if (after !== undefined) query = query.where('id', '<', after)
      return lostTags(await query.orderBy('id', 'desc').limit(limit).execute())
    },

    async lostOfAccount(accountId, { after, limit, notDueAt }) {
      let query = lost().where('account_id', '=', accountId).where('keep_until', '>', notDueAt)
      if (after !== undefined) query = query.where('id', '<', after)
      return lostTags(await query.orderBy('id', 'desc').limit(limit).execute())
    },

    async lostNamed(repositoryId, { tags, digests }, now) {
      const inTime = () => lost().where('repository_id', '=', repositoryId).where('keep_until', '>', now)
      const found = [
        ...(await readInChunks(tags, chunk => inTime().where('tag', 'in', chunk).execute())),
        ...(await readInChunks(digests, chunk => inTime().where('from_digest', 'in', chunk).execute())),
      ]
      const byId = new Map(lostTags(found).map(row => [row.id, row]))
      return [...byId.values()].sort((a, b) => a.id - b.id)
    },

    async giveUp(repositoryId, limit) {
      const some = await lost().where('repository_id', '=', repositoryId).limit(limit).execute()
      for (const chunk of chunksOf(some.map(row => row.id)))
        await db.updateTable('tag_moves').set({ is_lost: 0 }).where('id', 'in', chunk).execute()
      return some.length
    },

    async removeDue(now, limit) {
      const due = await moves()
        .where('keep_until', '<=', now)
        .orderBy('keep_until')
        .orderBy('id')
        .limit(limit)
        .execute()
      for (const chunk of chunksOf(due.map(row => row.id)))
        await db.deleteFrom('tag_moves').where('id', 'in', chunk).execute()
      return due.length
    },
  }
}

const toMove = (row: Stored<TagMoveRow>): TagMoveRow => ({
  ...row,
  from: row.from ?? undefined,
  to: row.to ?? undefined,
})

const lostTags = (rows: readonly Stored<TagMoveRow>[]): LostTag[] =>
  rows.flatMap(row => (row.from === null ? [] : [{ ...toMove(row), from: row.from }]))
