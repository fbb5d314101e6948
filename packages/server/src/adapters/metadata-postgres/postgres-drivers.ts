import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'
import { isProblem } from '../../domain/problem.ts'
import { PostgresConnection } from './postgres-connection.ts'
import { BEGIN_MIGRATION } from './postgres-dialect.ts'
import { beginningError, hasGone, stateOf } from './postgres-errors.ts'
import { CHECK, type PostgresWriter } from './postgres-writer.ts'
import type { SessionPool } from './session-pool.ts'

/** Milliseconds after which a beginning that fails is not tried again. */
const BEGIN_AGAIN_MS = 2_000

/** Takes sessions from a pool. */
class PoolDriver implements Driver {
  readonly #pool: SessionPool

  constructor(pool: SessionPool) {
    this.#pool = pool
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    return new PostgresConnection(await this.#pool.acquire())
  }

  async beginTransaction(_: DatabaseConnection): Promise<void> {
    throw new Error('the connections of readers have no transactions')
  }

  async commitTransaction(_: DatabaseConnection): Promise<void> {}

  async rollbackTransaction(_: DatabaseConnection): Promise<void> {}

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.end()
    this.#pool.release(connection.session)
  }

  /** The pool belongs to its maker, who ends it. */
  async destroy(): Promise<void> {}
}

/**
 * How queries are read behind a pooler. `settings` are set for one transaction, and `writer` judges the node that
 * answers.
 */
export interface PooledReads {
  readonly settings: string
  readonly writer: PostgresWriter
}

/** Runs query by query, on sessions that refuse to write. */
export class ReadDriver extends PoolDriver {
  readonly #pooled: PooledReads

  constructor(pool: SessionPool, pooled: PooledReads) {
    super(pool)
    this.#pooled = pooled
  }

  override async acquireConnection(): Promise<PostgresConnection> {
    const connection = await super.acquireConnection()
    return connection.session.isPooled ? new PooledReader(connection.session, this.#pooled) : connection
  }
}

/** Each query has a transaction of its own, which says first on which node it is. */
class PooledReader extends PostgresConnection {
  readonly #pooled: PooledReads

  constructor(session: PostgresConnection['session'], pooled: PooledReads) {
    super(session)
    this.#pooled = pooled
  }

  override async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { settings, writer } = this.#pooled
    try {
      const { rows } = await this.run(`begin isolation level read committed read only; ${settings}; ${CHECK}`)
      writer.assertWriter(rows[0])
      const result = await super.executeQuery<Row>(query)
      await this.run('commit')
      return result
    } catch (error) {
      // The end of the connection undoes the transaction, too.
      this.abandon()
      throw error
    }
  }
}

/** How a transaction starts: on a session of its own, and behind a pooler. */
export interface Begin {
  readonly alone: string
  readonly pooled: string
}

/** Transactions, which begin as their drivers say. */
abstract class TransactionDriver extends PoolDriver {
  override async commitTransaction(connection: PostgresConnection): Promise<void> {
    // A transaction that met an error is undone, and PostgreSQL does not call that an error of the commit.
    if ((await connection.run('commit')).command !== 'COMMIT')
      throw connection.failure ?? new Error('the transaction was undone')
    connection.end()
  }

  override async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    connection.end()
    // The end of the connection undoes the transaction. Nobody waits twice for a server that does not answer.
    if (connection.isBroken) return
    try {
      await connection.run('rollback')
    } catch {
      connection.abandon()
    }
  }
}

/** Runs the transactions of migrations, and the queries between them. */
export class MigrationDriver extends TransactionDriver {
  override async beginTransaction(connection: PostgresConnection): Promise<void> {
    await connection.run(BEGIN_MIGRATION)
  }
}

/** Runs one transaction a session. */
export class WriteDriver extends TransactionDriver {
  readonly #begin: Begin

  constructor(pool: SessionPool, begin: Begin) {
    super(pool)
    this.#begin = begin
  }

  /** Lends a session whose transaction has begun. Where the session turns out to be lost, another one is taken. */
  override async acquireConnection(): Promise<PostgresConnection> {
    const deadline = performance.now() + BEGIN_AGAIN_MS
    for (;;) {
      const connection = await super.acquireConnection()
      try {
        await connection.run(connection.session.isPooled ? this.#begin.pooled : this.#begin.alone)
        return connection
      } catch (error) {
        connection.abandon()
        await this.releaseConnection(connection)
        const isLost = isProblem(error, 'unavailable') && (stateOf(error.cause) === undefined || hasGone(error.cause))
        if (!isLost || performance.now() > deadline) throw beginningError(error)
      }
    }
  }

  override async beginTransaction(): Promise<void> {}
}
