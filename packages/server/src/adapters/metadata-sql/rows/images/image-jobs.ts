import { type Kysely, sql } from 'kysely'
import type { ImageJob, ImageJobItemRow, ImageJobRows } from '../../../../ports/rows/images/image-jobs.ts'
import type { Schema } from '../../schema.ts'

/** The items of one statement: each takes six of the parameters that a statement may have. */
const INSERTED = 500

const JOB = [
  'job_id as id',
  'kind',
  'repository_id as repositoryId',
  'account_id as accountId',
  'user_name as userName',
  'access_key_id as accessKeyId',
  'circumstances',
  'created_at as createdAt',
  'finished_at as finishedAt',
  'state',
  'reason',
  'items',
  'handled',
  'failed',
  'images',
  'tags',
] as const

export function imageJobRows(db: Kysely<Schema>): ImageJobRows {
  const jobs = () => db.selectFrom('image_jobs').select(JOB)

  return {
    async create({ id, kind, repositoryId, createdAt, ...user }, items) {
      await db
        .insertInto('image_jobs')
        .values({
          job_id: id,
          kind,
          repository_id: repositoryId,
          created_at: createdAt,
          stepped_at: createdAt,
          account_id: user.accountId,
          user_name: user.userName,
          access_key_id: user.accessKeyId,
          circumstances: user.circumstances,
          finished_at: null,
          state: 'running',
          reason: null,
          items: items.length,
          handled: 0,
          failed: 0,
          images: 0,
          tags: 0,
        })
        .execute()
      for (let start = 0; start < items.length; start += INSERTED) {
        const values = items.slice(start, start + INSERTED).map(({ position, digest = null, tag = null }) => ({
          job_id: id,
          position,
          digest,
          tag,
          outcome: null,
          failure: null,
        }))
        await db.insertInto('image_job_items').values(values).execute()
      }
    },

    async find(id) {
      const row = await jobs().where('job_id', '=', id).executeTakeFirst()
      return row && jobOf(row)
    },

    async list(repositoryId, accountId, limit) {
      const rows = await jobs()
        .where('repository_id', '=', repositoryId)
        .where('account_id', '=', accountId)
        .orderBy('created_at', 'desc')
        .limit(limit)
        .execute()
      return rows.map(jobOf)
    },

    async running(accountId) {
      const { count } = await db
        .selectFrom('image_jobs')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('account_id', '=', accountId)
        .where('finished_at', 'is', null)
        .executeTakeFirstOrThrow()
      return Number(count)
    },

    async next() {
      const row = await jobs().where('finished_at', 'is', null).orderBy('stepped_at').limit(1).executeTakeFirst()
      return row && jobOf(row)
    },

    async items(id, { after, limit, only }) {
      let query = db
        .selectFrom('image_job_items')
        .select(['position', 'digest', 'tag', 'outcome', 'failure'])
        .where('job_id', '=', id)
        .orderBy('position')
        .limit(limit)
      if (after !== undefined) query = query.where('position', '>', after)
      if (only === 'waiting') query = query.where('outcome', 'is', null)
      // The outcome stands in the statement itself, for the index that has nothing else.
      if (only === 'failed') query = query.where('outcome', '=', sql.lit('failed' as const))
      return (await query.execute()).map(itemOf)
    },

    async settle(id, { outcomes, images, tags, at }) {
      let [handled, failed] = [0, 0]
      for (const { position, outcome, failure } of outcomes) {
        await db
          .updateTable('image_job_items')
          .set({ outcome: outcome ?? null, failure: failure ?? null })
          .where('job_id', '=', id)
          .where('position', '=', position)
          .execute()
        handled += outcome === undefined ? -1 : 1
        // An item that waits again has failed before.
        if (outcome === undefined) failed -= 1
        else if (outcome === 'failed') failed += 1
      }
      await db
        .updateTable('image_jobs')
        .set(({ eb }) => ({
          stepped_at: at,
          handled: eb('handled', '+', handled),
          failed: eb('failed', '+', failed),
          images: eb('images', '+', images),
          tags: eb('tags', '+', tags),
        }))
        .where('job_id', '=', id)
        .execute()
    },

    async finish(id, state, reason, at) {
      const { numUpdatedRows } = await db
        .updateTable('image_jobs')
        .set({ state, reason: reason ?? null, finished_at: at })
        .where('job_id', '=', id)
        .where('finished_at', 'is', null)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },

    async removeFinished(before, limit) {
      const found = await db
        .selectFrom('image_jobs')
        .select('job_id')
        .where('finished_at', '<', before)
        .orderBy('finished_at')
        .limit(limit)
        .execute()
      const ids = found.map(row => row.job_id)
      if (ids.length === 0) return 0
      await db.deleteFrom('image_job_items').where('job_id', 'in', ids).execute()
      await db.deleteFrom('image_jobs').where('job_id', 'in', ids).execute()
      return ids.length
    },
  }
}

type Nullable<Row> = { [Key in keyof Row]: undefined extends Row[Key] ? Exclude<Row[Key], undefined> | null : Row[Key] }

const jobOf = ({ finishedAt, reason, ...job }: Nullable<ImageJob>): ImageJob => ({
  ...job,
  finishedAt: finishedAt ?? undefined,
  reason: reason ?? undefined,
})

const itemOf = ({ position, digest, tag, outcome, failure }: Nullable<ImageJobItemRow>): ImageJobItemRow => ({
  position,
  digest: digest ?? undefined,
  tag: tag ?? undefined,
  outcome: outcome ?? undefined,
  failure: failure ?? undefined,
})
