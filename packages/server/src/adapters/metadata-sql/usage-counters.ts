import type { SqlEngine, UsageCounter } from './engine.ts'

const OF_REPOSITORY = '(select account_id from repositories where id = changed.repository_id)'

/**
 * The cost of each row for its account. A blob counts once in each repository that may read it, and so does a manifest.
 * A deleted image counts with all that it had, though it may share that with others. A record of the audit log counts
 * 256 bytes and its detail, and a move of a tag as much.
 */
export const USAGE_COUNTERS: readonly UsageCounter[] = [
  {
    table: 'repository_blobs',
    column: 'stored_bytes',
    account: OF_REPOSITORY,
    amount: '(select size_bytes from blobs where digest = changed.digest)',
  },
  { table: 'manifests', column: 'stored_bytes', account: OF_REPOSITORY, amount: 'changed.size_bytes' },
  {
    table: 'deleted_images',
    column: 'stored_bytes',
    account: 'changed.account_id',
    amount: 'changed.size_bytes + changed.image_size_bytes',
  },
  { table: 'uploads', column: 'open_uploads', account: OF_REPOSITORY, amount: '1' },
  {
    table: 'audit_log',
    column: 'audit_bytes',
    account: 'changed.account_id',
    amount: '256 + coalesce(length(changed.detail), 0)',
  },
  { table: 'tag_moves', column: 'audit_bytes', account: 'changed.account_id', amount: '256' },
]

/** A query of the sum for each account, as `account_id` and `amount`. */
export const usageOf = ({ table, account, amount }: UsageCounter): string =>
  `select ${account} as account_id, cast(sum(${amount}) as bigint) as amount from ${table} as changed group by 1`

/**
 * The triggers that keep the counters, whoever writes. The counters are exact, because no statement can go around
 * them.
 */
export const usageTriggers = (engine: SqlEngine): string[] =>
  USAGE_COUNTERS.flatMap(counter => [...engine.counting(counter, 'insert'), ...engine.counting(counter, 'delete')])
