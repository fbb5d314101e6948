import type { DatabaseConnection, Driver } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { PostgresConnection } from './postgres-connection.ts'
import { translatePostgresError } from './postgres-errors.ts'

/** Takes connections from a pool, and makes each new one a session of its kind. */
class PoolDriver implements Driver {
  readonly #pool: Pool
  readonly #session: string
  readonly #known = new WeakSet<PoolClient>()

  constructor(pool: Pool, session: string) {
    this.#pool = pool
    this.#session = session
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresConnection> {
    let client: PoolClient
    try {
      client = await this.#pool.connect()
    } catch (error) {
      throw translatePostgresError(error)
    }
    const connection = new PostgresConnection(client)
    if (this.#known.has(client)) return connection
    try {
      await connection.run(this.#session)
    } catch (error) {
      connection.abandon()
      connection.release()
      throw error
    }
    this.#known.add(client)
    return connection
  }

  async beginTransaction(_: DatabaseConnection): Promise<void> {
    throw new Error('the connections of readers have no transactions')
  }

  async commitTransaction(_: DatabaseConnection): Promise<void> {}

  async rollbackTransaction(_: DatabaseConnection): Promise<void> {}

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release()
  }

  /** The pool is its maker's. */
  async destroy(): Promise<void> {}
}

/** Query by query, on connections that refuse to write. */
export class ReadDriver extends PoolDriver {
  constructor(pool: Pool, session: string) {
    super(pool, `${session}; set default_transaction_read_only = on`)
  }
}

/** One transaction a connection; `begin` is how it starts. */
export class WriteDriver extends PoolDriver {
  readonly #begin: string

  constructor(pool: Pool, session: string, begin: string) {
    super(pool, session)
    this.#begin = begin
  }

  override async beginTransaction(connection: PostgresConnection): Promise<void> {
    try {
      await connection.run(this.#begin)
    } catch (error) {
      connection.abandon()
      throw error
    }
  }

  override async commitTransaction(connection: PostgresConnection): Promise<void> {
    // A transaction that met an error is undone, and PostgreSQL does not call that an error of the commit.
    if ((await connection.run('commit')) !== 'COMMIT')
      throw connection.failure ?? new Error('the transaction was undone')
    connection.end()
  }

  override async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    connection.end()
    // Its end undoes the transaction, too, and nobody has to wait a second time for a server that does not answer.
    if (connection.isBroken) return
    try {
      await connection.run('rollback')
    } catch {
      connection.abandon()
    }
  }
}
