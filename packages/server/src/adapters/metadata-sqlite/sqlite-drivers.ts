import { setTimeout as delay } from 'node:timers/promises'
import { type CompiledQuery, type DatabaseConnection, type Driver, type QueryResult, SelectQueryNode } from 'kysely'
import type { SqliteConnection } from './sqlite-connection.ts'
import { isBusy, translateSqliteError } from './sqlite-errors.ts'
import type { WriteQueue } from './write-queue.ts'

/** Runs statement by statement, so any number of readers share the connection. It has no transactions. */
export class ReadDriver implements Driver {
  readonly #connection: SqliteConnection

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async beginTransaction(): Promise<void> {
    throw new Error('the connection of readers has no transactions')
  }

  async commitTransaction(_: DatabaseConnection): Promise<void> {}

  async rollbackTransaction(_: DatabaseConnection): Promise<void> {}

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

/** One transaction that reads, on a connection of its own: it sees the rows of the moment of its first statement. */
export class SnapshotDriver extends ReadDriver {
  readonly #connection: SqliteConnection

  constructor(connection: SqliteConnection) {
    super(connection)
    this.#connection = connection
  }

  override async acquireConnection(): Promise<Turn> {
    return new Turn(this.#connection)
  }

  /** A look at one table takes the moment: `begin` alone reads nothing. */
  override async beginTransaction(): Promise<void> {
    this.#connection.exec('begin; select 1 from registries limit 1')
  }

  override async commitTransaction(turn: DatabaseConnection): Promise<void> {
    await this.rollbackTransaction(turn)
  }

  override async rollbackTransaction(turn: DatabaseConnection): Promise<void> {
    if (turn instanceof Turn) turn.end()
    this.#connection.exec('rollback')
  }
}

/** A connection that writes, on this thread or on another. */
export interface WriteConnection extends DatabaseConnection {
  exec(script: string): void | Promise<void>
}

export interface WriteDriverOptions {
  readonly connection: WriteConnection
  readonly queue: WriteQueue
  /** Whether the connection's transactions are long ones, which leave time to short ones. */
  readonly isLarge?: boolean
  readonly busyTimeoutMs: number
  /**
   * Called with a commit that begins on another thread and may have changed something: readers may see it before its
   * end is heard of here.
   */
  readonly onCommitting?: (commit: Promise<void>) => void
  /** Called in the same turn in which the end of a commit is known, and told whether it may have changed anything. */
  readonly onCommit: (hasWritten: boolean) => void
}

/** Lets one writer in at a time: in this process by `queue`, among processes by `BEGIN IMMEDIATE`. */
export class WriteDriver implements Driver {
  readonly #connection: WriteConnection
  readonly #queue: WriteQueue
  readonly #isLarge: boolean
  readonly #busyTimeoutMs: number
  readonly #onCommitting: ((commit: Promise<void>) => void) | undefined
  readonly #onCommit: (hasWritten: boolean) => void

  constructor(options: WriteDriverOptions) {
    this.#connection = options.connection
    this.#onCommitting = options.onCommitting
    this.#onCommit = options.onCommit
    this.#queue = options.queue
    this.#isLarge = options.isLarge ?? false
    this.#busyTimeoutMs = options.busyTimeoutMs
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Turn> {
    await this.#queue.enter({ isLarge: this.#isLarge })
    return new Turn(this.#connection)
  }

  /**
   * Begins a transaction. It waits for other processes without stopping the event loop, as SQLite's own busy timeout
   * would.
   */
  async beginTransaction(): Promise<void> {
    const deadline = performance.now() + this.#busyTimeoutMs
    for (let waitMs = 1; ; waitMs = Math.min(2 * waitMs, 50)) {
      try {
        return await this.#connection.exec('begin immediate')
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw translateSqliteError(error)
      }
      await delay(waitMs)
    }
  }

  async commitTransaction(turn: Turn): Promise<void> {
    try {
      const committed = this.#connection.exec('commit')
      if (committed !== undefined) {
        if (turn.hasWritten) this.#onCommitting?.(committed)
        await committed
      }
      this.#onCommit(turn.hasWritten)
    } catch (error) {
      throw translateSqliteError(error)
    }
    turn.end()
  }

  async rollbackTransaction(turn: Turn): Promise<void> {
    turn.end()
    try {
      await this.#connection.exec('rollback')
    } catch {
      // After a full disk or a failed write SQLite has rolled back by itself (lang_transaction.html, 2.3).
    }
  }

  async releaseConnection(turn: Turn): Promise<void> {
    turn.end()
    this.#queue.leave()
  }

  async destroy(): Promise<void> {}
}

/**
 * The write connection, for one writer. What a transaction started and did not wait for must not run
 * after its end: it would be a write of its own, or part of the next transaction.
 */
class Turn implements DatabaseConnection {
  readonly #connection: WriteConnection
  #ended = false
  #hasWritten = false

  constructor(connection: WriteConnection) {
    this.#connection = connection
  }

  end(): void {
    this.#ended = true
  }

  /** Whether the transaction asked for anything but rows. */
  get hasWritten(): boolean {
    return this.#hasWritten
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#ended) throw new Error('a query came after the end of its transaction')
    this.#hasWritten ||= !SelectQueryNode.is(query.query)
    return this.#connection.executeQuery<Row>(query)
  }

  streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery<Row>(query)
  }
}
