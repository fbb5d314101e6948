import { Kysely, PostgresDialect } from 'kysely'
import type { Client, Pool, PoolConfig } from 'pg'
import type { MetadataStore, Rows } from '../../ports/metadata-store.ts'
import { migrate } from '../metadata-sql/migrate.ts'
import { refuseWhileStopped } from '../metadata-sql/moves.ts'
import type { Schema } from '../metadata-sql/schema.ts'
import { sqlRows } from '../metadata-sql/sql-rows.ts'
import { postgresDialect, postgresEngine } from './postgres-dialect.ts'
import { ReadDriver, WriteDriver } from './postgres-drivers.ts'
import { isConflict, openingError, translatePostgresError, unavailable } from './postgres-errors.ts'

export interface PostgresMetadataOptions {
  /** `postgres://user:password@host:port/database`; its parameters, such as `sslmode`, are those of node-postgres. */
  readonly url: string
  /** Take the tables as they are. */
  readonly isUpToDate?: boolean | undefined
  /** Connections at most for reads, and as many again for transactions. */
  readonly connections?: number | undefined
  /** How long a request waits for a connection, new or free. */
  readonly connectTimeoutMs?: number | undefined
  /** How long one statement may take, its waiting for locks included. */
  readonly statementTimeoutMs?: number | undefined
}

type Pg = typeof import('pg')

/** PostgreSQL's own number of the type `bigint`. */
const BIGINT = 20

/**
 * The tries of a transaction that meets conflicts, by the lock that each begins with: beside all others; beside those
 * at their first try, but one at a time; and at last alone, so that it ends well whatever the load is.
 */
const TRIES = ['row share', ...Array<LockMode>(6).fill('share row exclusive'), 'exclusive'] as const

type LockMode = 'row share' | 'share row exclusive' | 'exclusive'

/**
 * A transaction sees rows as if it ran alone, or meets a conflict (docs/decisions/0014). `lock table` takes no
 * snapshot, so that what was committed while it waited is seen. The table is one that nobody else locks so.
 */
const begin = (mode: LockMode) =>
  `begin isolation level serializable read write; lock table kysely_migration_lock in ${mode} mode`

/**
 * Opens the rows in a PostgreSQL database of berth's own and brings its tables up to date, unless they are. Any number of
 * processes may use it at once. Nothing is kept of what was read, since any of them may write.
 * @throws RegistryError `unavailable`
 */
export async function openPostgresMetadata(options: PostgresMetadataOptions): Promise<MetadataStore> {
  const { isUpToDate = false, connections = 10, connectTimeoutMs = 5_000, statementTimeoutMs = 15_000 } = options
  // Loaded here, so that a registry on one machine does without it.
  const pg = await import('pg')
  const client = parseUrl(pg, options.url)
  const target = `postgres://${client.host}:${client.port}/${client.database ?? ''}`
  const config: PoolConfig = {
    connectionString: options.url,
    fallback_application_name: 'berth',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    idleTimeoutMillis: 60_000,
    types: {
      // Sizes, times and ids are all below 2^53. Not the parser of the whole process: that is others', too.
      getTypeParser: (type, format) => (type === BIGINT ? Number : pg.types.getTypeParser(type, format)),
    },
  }
  try {
    if (!isUpToDate) await bringUpToDate(pg, config)
  } catch (error) {
    throw openingError(target, error)
  }

  // The server ends what takes too long; where the server itself is gone, so does the client, a little later.
  const bounded = { ...config, max: connections, query_timeout: statementTimeoutMs + 2_000 }
  const session = sessionOf(statementTimeoutMs)
  const readers = openPool(pg, bounded)
  const writers = openPool(pg, bounded)
  const reader = new Kysely<Schema>({ dialect: postgresDialect(new ReadDriver(readers, session)) })
  const writer = (mode: LockMode) =>
    new Kysely<Schema>({ dialect: postgresDialect(new WriteDriver(writers, session, begin(mode))) })
  const writersByMode = {
    'row share': writer('row share'),
    'share row exclusive': writer('share row exclusive'),
    exclusive: writer('exclusive'),
  }
  const tries = TRIES.map(mode => writersByMode[mode])

  const running = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined
  return {
    rows: sqlRows(reader, postgresEngine),
    isShared: true,

    async transaction(work, { ofMove = false } = {}) {
      if (closing !== undefined) throw unavailable('The database is closed.')
      const result = ofMove
        ? untilNoConflict([writersByMode.exclusive], work)
        : untilNoConflict(tries, async (rows, transaction) => {
            await refuseWhileStopped(transaction)
            return work(rows)
          })
      running.add(result)
      try {
        return await result
      } finally {
        running.delete(result)
      }
    },

    close() {
      closing ??= Promise.allSettled(running)
        .then(() => Promise.all([readers.end(), writers.end()]))
        .then(() => undefined)
      return closing
    },
  }
}

/** Runs `work` on each writer in turn, until one time goes without a conflict. */
async function untilNoConflict<T>(
  writers: readonly Kysely<Schema>[],
  work: (rows: Rows, transaction: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  let conflict: unknown
  for (const writer of writers) {
    try {
      return await writer.transaction().execute(transaction => work(sqlRows(transaction, postgresEngine), transaction))
    } catch (error) {
      if (!isConflict(error)) throw error
      conflict = error
    }
  }
  throw translatePostgresError(conflict)
}

/** Not connected: it only tells what the URL means. */
function parseUrl(pg: Pg, url: string): Client {
  try {
    if (!/^postgres(?:ql)?:\/\//.test(url)) throw new Error('it does not begin with postgres://')
    return new pg.Client({ connectionString: url })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw unavailable(`The database's URL is not of the form postgres://user:password@host:port/name: ${reason}.`)
  }
}

/** Migrations have a connection of their own: a step may take as long as it needs. */
async function bringUpToDate(pg: Pg, config: PoolConfig): Promise<void> {
  const pool = openPool(pg, { ...config, max: 1 })
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  try {
    const { rows } = await pool.query<{ server_encoding: string }>('show server_encoding')
    const encoding = rows[0]?.server_encoding
    if (encoding !== 'UTF8') throw new Error(`its encoding is ${encoding}, and berth needs UTF8`)
    await migrate(db, postgresEngine)
  } finally {
    await db.destroy()
    if (!pool.ended) await pool.end()
  }
}

function openPool(pg: Pg, config: PoolConfig): Pool {
  const pool = new pg.Pool(config)
  // A connection that breaks is dropped by the pool, and the query that it carried fails: the events tell
  // nothing new, but would end the process if nobody heard them.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  return pool
}

/**
 * Plans by index always, also while tables are small: a walk over a whole table would conflict with every
 * write to it. A transaction whose process is gone must not hold up the others for long.
 */
function sessionOf(statementTimeoutMs: number): string {
  const settings = {
    enable_seqscan: 'off',
    jit: 'off',
    statement_timeout: statementTimeoutMs,
    lock_timeout: Math.ceil(statementTimeoutMs / 2),
    idle_in_transaction_session_timeout: statementTimeoutMs,
  }
  return Object.entries(settings)
    .map(([name, value]) => `set ${name} = ${value}`)
    .join('; ')
}
