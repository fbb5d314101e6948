import type { SqlEngine } from '../engine.ts'
import { USAGE_COUNTERS, usageOf, usageTriggers } from '../usage-counters.ts'

/**
 * How much each account has: bytes stored, bytes of log, open uploads. Triggers count, so that servers of the release
 * before count as well. Each account has as many rows as the engine wants, so that transactions side by side seldom
 * meet in one.
 */
export const accountUsage = (engine: SqlEngine): string[] => [
  `create table account_usage (
    account_id ${engine.text} not null,
    slot smallint not null,
    stored_bytes bigint not null default 0,
    audit_bytes bigint not null default 0,
    open_uploads bigint not null default 0,
    primary key (account_id, slot)
  ) ${engine.keyedTable}`,
  ...engine.usageRows(),
  ...usageTriggers(engine),
  ...USAGE_COUNTERS.map(
    counter => `update account_usage set ${counter.column} = account_usage.${counter.column} + counted.amount
      from (${usageOf(counter)}) as counted
      where account_usage.account_id = counted.account_id and account_usage.slot = 0`,
  ),
]
