import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Kysely } from 'kysely'
import { DatabaseRefused, NoRegistry } from '../../ports/database-refused.ts'
import type { MetadataStore, Rows } from '../../ports/metadata-store.ts'
import { DiskReserve } from '../../runtime/disk/disk-reserve.ts'
import { migrate } from '../metadata-sql/migrate.ts'
import { refuseWhileStopped } from '../metadata-sql/rows/move/moves.ts'
import type { Schema } from '../metadata-sql/schema.ts'
import { sqlRows } from '../metadata-sql/sql-rows.ts'
import { requireOwn } from './database-mark.ts'
import { openDatabase, type SqliteDatabase } from './load-sqlite.ts'
import { Lookups, withLookups } from './lookups.ts'
import { ReserveFile, reserveFileOf, withRoom } from './reserve-file.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { sqliteDialect, sqliteEngine } from './sqlite-dialect.ts'
import { ReadDriver, SnapshotDriver, WriteDriver, type WriteDriverOptions } from './sqlite-drivers.ts'
import { openingError, unavailable } from './sqlite-errors.ts'
import { type Thread, ThreadConnection } from './thread-connection.ts'
import { type LogFile, openLog, WriteAheadLog, withSyncedJournal } from './write-ahead-log.ts'
import { WriteQueue } from './write-queue.ts'
import type { WriteThreadTask } from './write-thread.ts'

export interface SqliteMetadataOptions {
  /**
   * The file of the database. Where there is none, one is made that its owner alone can read. Its folder must exist.
   */
  readonly file: string
  /** Whether to take the tables as they are. */
  readonly isUpToDate?: boolean | undefined
  /** False where a file that is not there, or is empty, is not to become a database. */
  readonly mayCreate?: boolean | undefined
  /** The last step of the tables to take, where a backup is restored that was made before later ones. */
  readonly upTo?: string | undefined
  /** Milliseconds that a write waits for other processes. */
  readonly busyTimeoutMs?: number | undefined
  /** Milliseconds that a write waits for the writes before it. */
  readonly patienceMs?: number | undefined
  /**
   * Starts the thread that carries out large transactions. Undefined where this thread may carry them out, because
   * nobody waits for it.
   */
  readonly startWriteThread?: ((task: WriteThreadTask) => Thread) | undefined
  /** What syncs the log, where a test stands for the disk. */
  readonly openLogFile?: (() => Promise<LogFile>) | undefined
}

/** A thread that writes, from the module beside this one. */
export const startWriteThread = (task: WriteThreadTask): Thread =>
  new Worker(new URL('./write-thread.js', import.meta.url), {
    workerData: task,
    // Statements come one by one: a small nursery is enough, and memory is for uploads.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  })

const WRITE_THREAD_IDLE_MS = 60_000

/**
 * At most 64 MiB of pages a connection. Not mmap: a disk that fails to read would then kill the process,
 * where now it is an error of one request.
 */
const CACHE = 'pragma cache_size = -65536'
/**
 * What one statement has to undo stays in memory, rather than in a file in /tmp: that may be full or read-only while
 * deletions go on here.
 */
const OWN_MEMORY = 'pragma temp_store = memory'
/** FULL syncs the log at every commit: what was acknowledged survives a power cut. */
const WRITER = `pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; ${OWN_MEMORY}; ${CACHE}`

/**
 * Where there is a thread, commits are synced beside the turn to write (`WriteAheadLog`), whoever makes them, and the
 * thread moves the log into the database. A commit would move it if the log grew to 32 MiB.
 */
const SYNCED_APART = 'pragma synchronous = normal; pragma wal_autocheckpoint = 8000'

/**
 * Opens the rows in one SQLite file, and brings the tables up to date unless they are. Other processes may use the
 * file at the same time. The file must be on a local disk, since write-ahead logs need shared memory.
 * @throws RegistryError `unavailable`, DatabaseRefused
 */
export async function openSqliteMetadata(options: SqliteMetadataOptions): Promise<MetadataStore> {
  const disk = new DiskReserve(dirname(options.file), { held: 'the database' })
  const reserve = new ReserveFile(reserveFileOf(options.file), disk)
  return withRoom(reserve, () => open(options, { disk, reserve }))
}

interface Place {
  readonly disk: DiskReserve
  readonly reserve: ReserveFile
}

async function open(options: SqliteMetadataOptions, { disk, reserve }: Place): Promise<MetadataStore> {
  const { file, isUpToDate = false, mayCreate = true, startWriteThread } = options
  const { busyTimeoutMs = 5_000, patienceMs = 30_000 } = options
  const opened: SqliteDatabase[] = []
  const openOne = async () => {
    const database = await openDatabase(file)
    opened.push(database)
    return database
  }
  try {
    prepareFile(file, { mayCreate })
    const queue = new WriteQueue(patienceMs)
    let lookups: Lookups | undefined
    const writeDatabase = await openOne()
    const connection = new SqliteConnection(writeDatabase)
    // While opening, SQLite itself waits; later the driver does, without blocking.
    connection.exec(`pragma busy_timeout = ${busyTimeoutMs}`)
    if (!isUpToDate) requireOwn(writeDatabase, file, { mayCreate })
    connection.exec(WRITER)
    const thread = startWriteThread && threadConnection(file, busyTimeoutMs, startWriteThread)
    const openFile = options.openLogFile ?? openLog(file)
    const log = new WriteAheadLog({ open: openFile, onLong: () => void thread?.checkpoint() })
    const driver = { queue, busyTimeoutMs, connection }
    const { writer, largeWriter } = writersOf(driver, { thread, log, forget: () => lookups?.forget() })
    if (!isUpToDate) await migrate(writer, sqliteEngine, file, options.upTo)
    // Kysely sets a driver up at its first use. That must not be later, or whoever came first would wait behind others.
    for (const each of [writer, largeWriter]) await each.connection().execute(async () => {})
    connection.exec('pragma busy_timeout = 0')
    if (thread !== undefined) connection.exec(SYNCED_APART)

    const readDatabase = await openOne()
    const reader = readerOf(readDatabase, busyTimeoutMs)
    lookups = new Lookups(readDatabase)

    const rows = withSyncedJournal(withLookups(sqlRows(reader, sqliteEngine), lookups), log)
    return storeOver({
      rows,
      writer,
      largeWriter,
      thread,
      queue,
      log,
      disk,
      reserve,
      openSnapshot: () => openSnapshot(file, busyTimeoutMs),
      end: async () => {
        await thread?.end()
        await log.close()
        readDatabase.close()
        writeDatabase.close() // the last one out moves the log into the database
      },
    })
  } catch (error) {
    for (const database of opened) database.close()
    throw error instanceof DatabaseRefused ? error : openingError(file, error)
  }
}

interface Opened extends Place {
  readonly rows: Rows
  readonly writer: Kysely<Schema>
  readonly largeWriter: Kysely<Schema>
  readonly queue: WriteQueue
  readonly log: WriteAheadLog
  readonly openSnapshot: () => Promise<OpenSnapshot>
  readonly thread: ThreadConnection | undefined
  readonly end: () => Promise<void>
}

/** A connection for one snapshot. */
interface OpenSnapshot {
  readonly reader: Kysely<Schema>
  readonly close: () => void
}

function storeOver(opened: Opened): MetadataStore {
  const { rows, writer, largeWriter, thread, queue, log, disk, reserve, openSnapshot, end } = opened
  let closing: Promise<void> | undefined
  const run = async <T>(work: (transaction: Kysely<Schema>) => Promise<T>, isLarge = false): Promise<T> => {
    if (closing !== undefined) throw unavailable('The database is closed.')
    // A thread may have to start, or move the log: meanwhile others write.
    const ready = isLarge ? thread?.ready() : undefined
    if (ready !== undefined) await ready
    const on = isLarge ? largeWriter : writer
    return withRoom(reserve, () => log.syncedAfter(() => on.transaction().execute(work)))
  }
  return {
    rows,
    isShared: false,
    disk,
    keepRoom: () => reserve.fill(),
    trouble: () => log.trouble,
    settled: () => (log.isBehind ? log.synced() : undefined),

    transaction: (work, { isLarge } = {}) =>
      run(async transaction => {
        await refuseWhileStopped(transaction)
        return work(sqlRows(transaction, sqliteEngine))
      }, isLarge),

    // No other transaction runs beside a transaction of these either: they take turns.
    transactionOfMove: work => run(transaction => work(sqlRows(transaction, sqliteEngine))),

    async snapshot(work) {
      if (closing !== undefined) throw unavailable('The database is closed.')
      const { reader, close } = await openSnapshot()
      try {
        return await reader.transaction().execute(transaction => work(sqlRows(transaction, sqliteEngine)))
      } finally {
        close()
      }
    },

    close() {
      // A large write that waits for its thread has come before the end, too.
      closing ??= (async () => {
        await thread?.idle()
        await queue.close()
        await end()
      })()
      return closing
    },
  }
}

async function openSnapshot(file: string, busyTimeoutMs: number): Promise<OpenSnapshot> {
  const database = await openDatabase(file)
  const connection = new SqliteConnection(database)
  connection.exec(`pragma busy_timeout = ${busyTimeoutMs}; pragma query_only = on`)
  const reader = new Kysely<Schema>({ dialect: sqliteDialect(new SnapshotDriver(connection)) })
  return { reader, close: () => database.close() }
}

/** A connection of its own never sees an open transaction's rows. It cannot write. */
function readerOf(database: SqliteDatabase, busyTimeoutMs: number): Kysely<Schema> {
  const connection = new SqliteConnection(database)
  connection.exec(`pragma busy_timeout = ${busyTimeoutMs}; pragma query_only = on; ${OWN_MEMORY}; ${CACHE}`)
  return new Kysely<Schema>({ dialect: sqliteDialect(new ReadDriver(connection)) })
}

interface Committed {
  readonly thread: ThreadConnection | undefined
  readonly log: WriteAheadLog
  /** Drops the answers that are kept. */
  readonly forget: () => void
}

/** What writes small transactions and what writes large ones, which are the same where there is no thread. */
function writersOf(
  driver: Omit<WriteDriverOptions, 'onCommit'>,
  { thread, log, forget }: Committed,
): { writer: Kysely<Schema>; largeWriter: Kysely<Schema> } {
  if (thread === undefined) {
    const writer = writerOf({ ...driver, onCommit: forget })
    return { writer, largeWriter: writer }
  }
  const onCommit = (hasWritten: boolean) => {
    forget()
    if (hasWritten) log.note()
  }
  const onLargeCommit = (hasWritten: boolean) => {
    forget()
    if (hasWritten) void thread.checkpoint()
  }
  const onCommitting = (commit: Promise<void>) => log.noteAfter(commit)
  const large = { ...driver, connection: thread, isLarge: true, onCommitting, onCommit: onLargeCommit }
  return { writer: writerOf({ ...driver, onCommit }), largeWriter: writerOf(large) }
}

const writerOf = (driver: WriteDriverOptions) => new Kysely<Schema>({ dialect: sqliteDialect(new WriteDriver(driver)) })

/**
 * Makes the file where there is none, if that may be. A file that is there is not opened: closing it would give up the
 * locks that SQLite has on it for this process (POSIX), and the next program to look into the database would take the
 * log away with it.
 * @throws NoRegistry; the system's own error
 */
function prepareFile(file: string, { mayCreate }: { mayCreate: boolean }): void {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) {
    accessSync(file, constants.R_OK | constants.W_OK)
    return
  }
  if (!mayCreate) throw new NoRegistry(file)
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/** The connection of the thread. It waits for other processes without blocking either, as the driver does. */
const threadConnection = (file: string, busyTimeoutMs: number, start: (task: WriteThreadTask) => Thread) =>
  new ThreadConnection({
    start: () =>
      start({
        file,
        setUp: `pragma busy_timeout = ${busyTimeoutMs}; ${WRITER}; ${SYNCED_APART}; pragma busy_timeout = 0`,
      }),
    idleMs: WRITE_THREAD_IDLE_MS,
  })
