import type { Kysely } from 'kysely'
import type { LongestTimes, TimeRows } from '../../../../ports/rows/upkeep/times.ts'
import { chunksOf } from '../../chunks.ts'
import type { Schema } from '../../schema.ts'

/** How many rows of one kind one transaction mends. */
const MOST = 1_000

type Wrong = (db: Kysely<Schema>, now: number, longest: LongestTimes) => Promise<readonly unknown[]>

/** How wrong times of each kind are found: by an index, or among few rows. */
const FIND = {
  /** No work is claimed for as long as half a day, and none is finished in the future. */
  schedules: (db, now, { slackMs }) =>
    db
      .selectFrom('schedules')
      .select('name')
      .where('name', '>', '')
      .where(({ or, eb }) =>
        or([eb('lease_until', '>', now + HALF_A_DAY_MS + slackMs), eb('finished_at', '>', now + slackMs)]),
      )
      .execute(),

  rules: (db, now, { slackMs }) =>
    db
      .selectFrom('repositories')
      .select('id')
      .where('lifecycle_policy', 'is not', null)
      .where('lifecycle_evaluated_at', '>', now + slackMs)
      .limit(MOST)
      .execute(),

  uploads: (db, now, { uploadMs, slackMs }) =>
    db
      .selectFrom('uploads')
      .select('id')
      .where('expires_at', '>', now + uploadMs + slackMs)
      .limit(MOST)
      .execute(),

  removals: (db, now, { retryMs, slackMs }) =>
    db
      .selectFrom('removals')
      .select('storage_key')
      .where('retry_at', '>', now + retryMs + slackMs)
      .limit(MOST)
      .execute(),

  blobLeases: (db, now, { blobLeaseMs, slackMs }) =>
    db
      .selectFrom('blob_reviews')
      .select('digest')
      .where('review_after', '>', now + blobLeaseMs + slackMs)
      .limit(MOST)
      .execute(),

  /** The images that stay longest are looked at: one that was deleted in the future stays longer than it should. */
  deletedImages: async (db, now, { slackMs }) => {
    const last = await db
      .selectFrom('deleted_images')
      .select(['id', 'deleted_at', 'purge_after'])
      .orderBy('purge_after', 'desc')
      .orderBy('id', 'desc')
      .limit(MOST)
      .execute()
    return last.filter(row => row.deleted_at > now + slackMs)
  },

  /** Moves are found as deleted images are. */
  tagMoves: async (db, now, { slackMs }) => {
    const last = await db
      .selectFrom('tag_moves')
      .select(['id', 'moved_at', 'keep_until'])
      .orderBy('keep_until', 'desc')
      .orderBy('id', 'desc')
      .limit(MOST)
      .execute()
    return last.filter(row => row.moved_at > now + slackMs)
  },

  /** A running job whose last step is yet to come would let all others go first. */
  runningJobs: (db, now, { slackMs }) =>
    db
      .selectFrom('image_jobs')
      .select('job_id')
      .where('finished_at', 'is', null)
      .where('stepped_at', '>', now + slackMs)
      .limit(MOST)
      .execute(),

  endedJobs: (db, now, { slackMs }) =>
    db
      .selectFrom('image_jobs')
      .select('job_id')
      .where('finished_at', '>', now + slackMs)
      .limit(MOST)
      .execute(),
} as const satisfies Record<string, Wrong>

const HALF_A_DAY_MS = 12 * 60 * 60 * 1000

export function timeRows(db: Kysely<Schema>): TimeRows {
  return {
    async areWrong(now, longest) {
      for (const find of Object.values(FIND)) if ((await find(db, now, longest)).length > 0) return true
      return false
    },

    async mend(now, longest) {
      const schedules = (await FIND.schedules(db, now, longest)).map(({ name }) => name)
      for (const name of schedules)
        await db.updateTable('schedules').set({ lease_until: 0, finished_at: null }).where('name', '=', name).execute()

      const rules = (await FIND.rules(db, now, longest)).map(({ id }) => id)
      for (const ids of chunksOf(rules))
        await db.updateTable('repositories').set({ lifecycle_evaluated_at: null }).where('id', 'in', ids).execute()

      const uploads = (await FIND.uploads(db, now, longest)).map(({ id }) => id)
      for (const ids of chunksOf(uploads))
        await db
          .updateTable('uploads')
          .set({ expires_at: now + longest.uploadMs })
          .where('id', 'in', ids)
          .execute()

      const removals = (await FIND.removals(db, now, longest)).map(row => row.storage_key)
      for (const keys of chunksOf(removals))
        await db.updateTable('removals').set({ retry_at: 0 }).where('storage_key', 'in', keys).execute()

      const blobLeases = (await FIND.blobLeases(db, now, longest)).map(({ digest }) => digest)
      const leaseUntil = now + longest.blobLeaseMs
      for (const digests of chunksOf(blobLeases)) {
        for (const table of ['blobs', 'repository_blobs'] as const)
          await db
            .updateTable(table)
            .set({ lease_until: leaseUntil })
            .where('digest', 'in', digests)
            .where('lease_until', '>', leaseUntil)
            .execute()
        await db.updateTable('blob_reviews').set({ review_after: leaseUntil }).where('digest', 'in', digests).execute()
      }

      const deletedImages = await FIND.deletedImages(db, now, longest)
      for (const { id, deleted_at, purge_after } of deletedImages)
        await db
          .updateTable('deleted_images')
          .set({ deleted_at: now, purge_after: now + purge_after - deleted_at })
          .where('id', '=', id)
          .execute()

      const tagMoves = await FIND.tagMoves(db, now, longest)
      for (const { id, moved_at, keep_until } of tagMoves)
        await db
          .updateTable('tag_moves')
          .set({ moved_at: now, keep_until: now + keep_until - moved_at })
          .where('id', '=', id)
          .execute()

      const imageJobs = [
        ...(await mendJobs(db, await FIND.runningJobs(db, now, longest), { stepped_at: now, created_at: now })),
        ...(await mendJobs(db, await FIND.endedJobs(db, now, longest), { finished_at: now, created_at: now })),
      ]

      const counts = { schedules, rules, uploads, removals, blobLeases, deletedImages, tagMoves, imageJobs }
      return Object.fromEntries(
        Object.entries(counts).flatMap(([kind, found]) => (found.length > 0 ? [[kind, found.length]] : [])),
      )
    },
  }
}

async function mendJobs(
  db: Kysely<Schema>,
  wrong: readonly { readonly job_id: string }[],
  times: Readonly<Partial<Record<'created_at' | 'stepped_at' | 'finished_at', number>>>,
): Promise<readonly unknown[]> {
  for (const ids of chunksOf(wrong.map(row => row.job_id)))
    await db.updateTable('image_jobs').set(times).where('job_id', 'in', ids).execute()
  return wrong
}
