import type { Kysely } from 'kysely'
import type { ScheduleRows } from '../../../../ports/rows/upkeep/schedules.ts'
import type { Schema } from '../../schema.ts'

/** By how much the clocks of servers may differ, at most. */
const SLACK_MS = 60_000

export function scheduleRows(db: Kysely<Schema>): ScheduleRows {
  return {
    async find(name) {
      const row = await db.selectFrom('schedules').selectAll().where('name', '=', name).executeTakeFirst()
      return (
        row && {
          name,
          leaseUntil: row.lease_until,
          finishedAt: row.finished_at ?? undefined,
          report: row.report ?? undefined,
        }
      )
    },

    async claim(name, now, leaseUntil, notSince) {
      // The check and the claim are one statement, so that of two processes one gets the work.
      const claimed = await db
        .insertInto('schedules')
        .values({ name, lease_until: leaseUntil, finished_at: null, report: null })
        .onConflict(conflict =>
          conflict
            .column('name')
            .doUpdateSet({ lease_until: leaseUntil })
            // A claim that lies further ahead than this process may claim was made by a clock that was wrong.
            .where(({ or, eb }) =>
              or([eb('schedules.lease_until', '<=', now), eb('schedules.lease_until', '>', leaseUntil + SLACK_MS)]),
            )
            .where(({ or, eb }) =>
              or([
                eb('schedules.finished_at', 'is', null),
                eb('schedules.finished_at', '<=', notSince),
                eb('schedules.finished_at', '>', now + SLACK_MS),
              ]),
            ),
        )
        .returning('name')
        .executeTakeFirst()
      return claimed !== undefined
    },

    async renew(name, leaseUntil) {
      await db
        .updateTable('schedules')
        .set({ lease_until: leaseUntil })
        .where('name', '=', name)
        // A lease that lies further ahead was taken before the clock was set back.
        .where(({ or, eb }) => or([eb('lease_until', '<', leaseUntil), eb('lease_until', '>', leaseUntil + SLACK_MS)]))
        .execute()
    },

    async finish(name, at, report) {
      await db
        .updateTable('schedules')
        .set({ lease_until: at, finished_at: at, report })
        .where('name', '=', name)
        .execute()
    },
  }
}
