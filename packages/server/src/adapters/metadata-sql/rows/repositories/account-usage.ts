import { type Kysely, sql } from 'kysely'
import type { AccountId } from '../../../../domain/names.ts'
import type { AccountUsage, UsageRows } from '../../../../ports/rows/repositories/account-usage.ts'
import type { UsageCounter } from '../../engine.ts'
import type { Schema } from '../../schema.ts'
import { USAGE_COUNTERS, usageOf } from '../../usage-counters.ts'

type Column = UsageCounter['column']
const COLUMNS: readonly Column[] = ['stored_bytes', 'audit_bytes', 'open_uploads']

type Counted = { account_id: AccountId } & Record<Column, number>

const toUsage = (row: Record<Column, number> | undefined): AccountUsage => ({
  storedBytes: row?.stored_bytes ?? 0,
  auditBytes: row?.audit_bytes ?? 0,
  openUploads: row?.open_uploads ?? 0,
})

const sums = sql.join(
  COLUMNS.map(column => sql`cast(coalesce(sum(${sql.ref(column)}), 0) as bigint) as ${sql.ref(column)}`),
)

/** Each counter is a row of all columns, so that the rows of one account add up. */
const everything = sql.join(
  USAGE_COUNTERS.map(counter => {
    const columns = COLUMNS.map(column => `${column === counter.column ? 'amount' : '0'} as ${column}`)
    return sql.raw(`select account_id, ${columns.join(', ')} from (${usageOf(counter)}) as each_counted`)
  }),
  sql` union all `,
)

export function usageRows(db: Kysely<Schema>): UsageRows {
  return {
    async of(accountId) {
      const { rows } = await sql<Counted>`select ${sums} from account_usage where account_id = ${accountId}`.execute(db)
      return toUsage(rows[0])
    },

    async differences() {
      // One statement reads both, and sees one moment.
      const { rows } = await sql<Counted & { is_kept: number }>`
        select 1 as is_kept, account_id, ${sums} from account_usage group by account_id
        union all
        select 0 as is_kept, account_id, ${sums} from (${everything}) as everything
          where account_id is not null group by account_id`.execute(db)
      const found = new Map<AccountId, { kept?: AccountUsage; counted?: AccountUsage }>()
      for (const { is_kept: isKept, account_id: accountId, ...row } of rows)
        found.set(accountId, { ...found.get(accountId), [isKept === 1 ? 'kept' : 'counted']: toUsage(row) })
      const nothing = toUsage(undefined)
      return [...found]
        .map(([accountId, { kept = nothing, counted = nothing }]) => ({ accountId, kept, counted }))
        .filter(({ kept, counted }) => JSON.stringify(kept) !== JSON.stringify(counted))
    },

    async recount(accountId) {
      const { rows } = await sql<Counted>`select ${sums} from (${everything}) as everything
        where account_id = ${accountId}`.execute(db)
      const [row] = rows
      const zero = { stored_bytes: 0, audit_bytes: 0, open_uploads: 0 }
      await db.updateTable('account_usage').set(zero).where('account_id', '=', accountId).execute()
      const { stored_bytes, audit_bytes, open_uploads } = row ?? zero
      await db
        .insertInto('account_usage')
        .values({ account_id: accountId, slot: 0, stored_bytes, audit_bytes, open_uploads })
        .onConflict(conflict =>
          conflict.columns(['account_id', 'slot']).doUpdateSet({ stored_bytes, audit_bytes, open_uploads }),
        )
        .execute()
    },
  }
}
