import { type Driver, Kysely, sql } from 'kysely'
import type { ClientConfig } from 'pg'
import { isProblem } from '../../domain/problem.ts'
import { DatabaseRefused, NoRegistry } from '../../ports/database-refused.ts'
import type { MetadataStore, Rows } from '../../ports/metadata-store.ts'
import { migrate } from '../metadata-sql/migrate.ts'
import { refuseWhileStopped } from '../metadata-sql/rows/move/moves.ts'
import type { Schema } from '../metadata-sql/schema.ts'
import { sqlRows } from '../metadata-sql/sql-rows.ts'
import { lackOfConnections } from './connection-room.ts'
import { openingError, reasonOf } from './opening-error.ts'
import { dropMade, findTables } from './own-tables.ts'
import { type PostgresLocation, parsePostgresUrl } from './parse-postgres-url.ts'
import { postgresDialect, postgresEngine } from './postgres-dialect.ts'
import { type Begin, MigrationDriver, ReadDriver, WriteDriver } from './postgres-drivers.ts'
import { isConflict, translatePostgresError, unavailable } from './postgres-errors.ts'
import { PostgresWriter } from './postgres-writer.ts'
import { ReserveTables } from './reserve-tables.ts'
import { SessionPool } from './session-pool.ts'

export interface PostgresMetadataOptions {
  /**
   * `postgres://user:password@host:port/database`, with hosts as `parsePostgresUrl` reads them. Other parameters, such
   * as `sslmode`, are those of node-postgres.
   */
  readonly url: string
  /** Whether to take the tables as they are. */
  readonly isUpToDate?: boolean | undefined
  /** False where no tables are to be made in an empty database. */
  readonly mayCreate?: boolean | undefined
  /** As `MetadataOptions.beforeMaking`. */
  readonly beforeMaking?: (() => Promise<void>) | undefined
  /** The last step of the tables to take, where a backup is restored that was made before later ones. */
  readonly upTo?: string | undefined
  /** Most connections for reads, and as many again for transactions. */
  readonly connections?: number | undefined
  /** Called with what an operator should know about the database. */
  readonly warn?: ((what: string) => void) | undefined
  /** Milliseconds that a request waits for a connection, new or free. */
  readonly connectTimeoutMs?: number | undefined
  /** Milliseconds that one statement may take, with its waiting for locks. */
  readonly statementTimeoutMs?: number | undefined
}

/** Milliseconds that a snapshot's work may rest between two queries, as where a disk that it writes to is slow. */
const SNAPSHOT_IDLE_MS = 10 * 60 * 1000

/** PostgreSQL's own number of the type `bigint`. */
const BIGINT = 20

/**
 * The tries of a transaction that meets conflicts, by the lock that each begins with: beside all others; beside those
 * at their first try, but one at a time; and at last alone, so that it ends well whatever the load is.
 */
const TRIES = ['row share', ...Array<LockMode>(6).fill('share row exclusive'), 'exclusive'] as const

type LockMode = 'row share' | 'share row exclusive' | 'exclusive'

/**
 * Begins a transaction that sees rows as if it ran alone, or meets a conflict (docs/decisions/0014). `lock table` takes
 * no snapshot, so that what was committed while it waited is seen. Nobody else locks that table in such a way.
 */
const begin = (mode: LockMode, settings: string): Begin => {
  const [first, last] = ['begin isolation level serializable', `lock table kysely_migration_lock in ${mode} mode`]
  return { alone: `${first}; ${last}`, pooled: `${first}; ${settings}; ${last}` }
}

/** Begins a snapshot, of the moment of the first query (PostgreSQL manual, section 13.2.2): so one comes with it. */
const beginSnapshot = (settings: string): Begin => {
  const all = `begin isolation level repeatable read read only; ${settings}; select 1 from registries limit 1`
  return { alone: all, pooled: all }
}

/**
 * Opens the rows in a PostgreSQL database of berth's own, and brings the tables up to date unless they are. Any number
 * of processes may use the database at once. Nothing that was read is kept, since any of them may write.
 * @throws RegistryError `unavailable`, DatabaseRefused
 */
export async function openPostgresMetadata(options: PostgresMetadataOptions): Promise<MetadataStore> {
  const { isUpToDate = false, connections = 10, connectTimeoutMs = 5_000, statementTimeoutMs = 15_000 } = options
  const { place, hosts } = parseUrl(options.url)
  // Loaded here, so that a registry on one machine does without it.
  const pg = await import('pg')
  const config: ClientConfig = {
    fallback_application_name: 'berth',
    keepAlive: true,
    types: {
      // Sizes, times and ids are all below 2^53. The process has another parser, which is others', too.
      getTypeParser: (type, format) => (type === BIGINT ? Number : pg.types.getTypeParser(type, format)),
    },
  }
  const writerOf = (more: ClientConfig = {}) =>
    new PostgresWriter({ Client: pg.Client, hosts, config: { ...config, ...more }, timeoutMs: connectTimeoutMs })
  const waitMs = connectTimeoutMs
  const openPool = () => new SessionPool({ writer: writerOf(), size: 1, waitMs, settings: 'set jit = off' })
  const tables = isUpToDate ? undefined : await bringUpToDate(openPool, { ...options, place })

  // The server ends queries that take too long. Where it is gone itself, the client does so, a little later.
  const writer = writerOf({ query_timeout: statementTimeoutMs + 2_000 })
  const settings = settingsOf(statementTimeoutMs)
  const patiently = inSql('set local', { ...settings, idle_in_transaction_session_timeout: SNAPSHOT_IDLE_MS })
  const session = inSql('set', settings)
  const inTransaction = inSql('set local', settings)
  const readers = new SessionPool({
    writer,
    waitMs,
    size: connections,
    onStarved: () => writers.spareOne(),
    settings: `${session}; set default_transaction_read_only = on`,
  })
  const writers: SessionPool = new SessionPool({
    writer,
    waitMs,
    size: connections,
    onStarved: () => readers.spareOne(),
    settings: session,
  })
  const reader = kyselyOf(new ReadDriver(readers, { settings: inTransaction, writer }))
  const writing = (mode: LockMode) => kyselyOf(new WriteDriver(writers, begin(mode, inTransaction)))
  const writersByMode = {
    'row share': writing('row share'),
    'share row exclusive': writing('share row exclusive'),
    exclusive: writing('exclusive'),
  }
  if (options.warn !== undefined) {
    const lack = await lackOfConnections(reader, connections).catch(error => reasonOf(error))
    if (lack !== undefined) options.warn(lack)
  }
  return storeOver({
    reader,
    readers,
    writers,
    tries: TRIES.map(mode => writersByMode[mode]),
    alone: writersByMode.exclusive,
    snapshots: kyselyOf(new WriteDriver(writers, beginSnapshot(patiently))),
    takeBack: tables?.takeBack,
  })
}

interface Opened {
  readonly reader: Kysely<Schema>
  readonly readers: SessionPool
  readonly writers: SessionPool
  /** The databases for the tries of a transaction, in their order. */
  readonly tries: readonly Kysely<Schema>[]
  /** The database for a transaction beside no other. */
  readonly alone: Kysely<Schema>
  /** The database for transactions that read the rows of one moment. */
  readonly snapshots: Kysely<Schema>
  readonly takeBack: Tables['takeBack']
}

function storeOver({ reader, readers, writers, tries, alone, snapshots, takeBack }: Opened): MetadataStore {
  const running = new Set<Promise<unknown>>()
  const reserve = new ReserveTables(work => untilNoConflict(tries, (_, transaction) => work(transaction)))
  let closing: Promise<void> | undefined
  const run = async <T>(writersInTurn: readonly Kysely<Schema>[], work: Work<T>): Promise<T> => {
    if (closing !== undefined) throw unavailable('The database is closed.')
    const result = reserve.withRoom(() => untilNoConflict(writersInTurn, work))
    running.add(result)
    try {
      return await result
    } finally {
      running.delete(result)
    }
  }
  return {
    rows: sqlRows(reader, postgresEngine),
    isShared: true,
    disk: reserve.disk,

    transaction: work =>
      run(tries, async (rows, transaction) => {
        await refuseWhileStopped(transaction)
        return work(rows)
      }),

    transactionOfMove: work => run([alone], work),

    snapshot: work => run([snapshots], work),

    trouble() {
      const error = readers.trouble ?? writers.trouble
      return error === undefined ? undefined : isProblem(error, 'unavailable') ? error.problem.what : String(error)
    },

    keepRoom: () => reserve.keep(),

    isFull: () => reserve.isFull,

    ...(takeBack !== undefined && { takeBack }),

    close() {
      closing ??= Promise.allSettled(running)
        .then(() => Promise.all([readers.end(), writers.end()]))
        .then(() => undefined)
      return closing
    },
  }
}

type Work<T> = (rows: Rows, transaction: Kysely<Schema>) => Promise<T>

/** Runs `work` on each writer in turn, until one time goes without a conflict. */
async function untilNoConflict<T>(writers: readonly Kysely<Schema>[], work: Work<T>): Promise<T> {
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

const kyselyOf = (driver: Driver) => new Kysely<Schema>({ dialect: postgresDialect(driver) })

function parseUrl(url: string): PostgresLocation {
  try {
    return parsePostgresUrl(url)
  } catch (error) {
    throw unavailable(`The database's URL cannot be used: ${error instanceof Error ? error.message : error}.`)
  }
}

interface Tables {
  /** Drops the tables that this opening made. Undefined where it made none. */
  readonly takeBack: (() => Promise<void>) | undefined
}

/**
 * Makes the tables or brings them up to date, or leaves none that was not there before. Migrations have connections of
 * their own: a step may take as long as it needs.
 * @throws RegistryError `unavailable`, DatabaseRefused, and what `beforeMaking` throws
 */
async function bringUpToDate(
  openPool: () => SessionPool,
  {
    place,
    mayCreate,
    beforeMaking,
    upTo,
  }: { place: string } & Pick<PostgresMetadataOptions, 'mayCreate' | 'beforeMaking' | 'upTo'>,
): Promise<Tables> {
  const work = async <T>(on: (db: Kysely<Schema>) => Promise<T>): Promise<T> => {
    const pool = openPool()
    try {
      return await on(kyselyOf(new MigrationDriver(pool)))
    } finally {
      await pool.end()
    }
  }
  const inWords = <T>(step: Promise<T>): Promise<T> =>
    step.catch((error: unknown) => {
      throw error instanceof DatabaseRefused ? error : openingError(place, error)
    })
  const before = await inWords(
    work(async db => {
      const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(db)
      const encoding = rows[0]?.server_encoding
      if (encoding !== 'UTF8')
        throw new DatabaseRefused(
          `The encoding of ${place} is ${encoding}, and berth needs UTF8. Give it a database of its own, made with ` +
            '`createdb --encoding=UTF8 --template=template0`.',
        )
      return findTables(db, place)
    }),
  )
  const isNew = before.owner === 'nobody'
  if (isNew && mayCreate === false) throw new NoRegistry(place)
  if (isNew) await beforeMaking?.()
  const takeBack = isNew ? () => work(db => dropMade(db, before)) : undefined
  try {
    await inWords(work(db => migrate(db, postgresEngine, place, upTo)))
  } catch (error) {
    await takeBack?.().catch(() => {}) // what went wrong first is what to tell
    throw error
  }
  return { takeBack }
}

/**
 * The settings of a session. Queries are planned by index, also while tables are small: a walk over a whole table would
 * conflict with every write. A transaction whose process is gone must not hold up others for long.
 */
const settingsOf = (statementTimeoutMs: number): Readonly<Record<string, string | number>> => ({
  enable_seqscan: 'off',
  jit: 'off',
  statement_timeout: statementTimeoutMs,
  lock_timeout: Math.ceil(statementTimeoutMs / 2),
  idle_in_transaction_session_timeout: statementTimeoutMs,
})

const inSql = (set: 'set' | 'set local', settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${set} ${name} = ${value}`)
    .join('; ')
