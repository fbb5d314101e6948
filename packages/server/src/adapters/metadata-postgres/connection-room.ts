import { type Kysely, sql } from 'kysely'
import type { Schema } from '../metadata-sql/schema.ts'

/** How many connections housekeeping's thread has beside a server's own, for reads and for writes. */
const HOUSEKEEPING_CONNECTIONS = 4

interface Room {
  readonly most: number
  readonly others: number
}

/**
 * What to tell an operator whose database has no room for so many connections; undefined where there is room now.
 * Other servers may start later. Requests wait for the connections that there are.
 */
export async function lackOfConnections(db: Kysely<Schema>, connections: number): Promise<string | undefined> {
  const { rows } = await sql<Room>`select
    least(
      (select sum(case name when 'max_connections' then setting::int else -setting::int end)::int from pg_settings
        where name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections')),
      (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
      (select nullif(datconnlimit, -1) from pg_database where datname = current_database())
    ) as most,
    (select count(*)::int from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()) as others`.execute(db)
  const { most = 0, others = 0 } = rows[0] ?? {}
  const needed = 2 * connections + HOUSEKEEPING_CONNECTIONS
  if (needed <= most - others) return undefined
  return (
    `PostgreSQL has room for ${Math.max(0, most - others)} more connections of ${most}, and this server may use ${needed}: ` +
    'requests will wait for one. Raise max_connections, or lower --database-connections.'
  )
}
