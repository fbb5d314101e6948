import type { CompiledQuery } from 'kysely'
import { PostgresConnection } from '../adapters/metadata-postgres/postgres-connection.ts'
import { SqliteConnection } from '../adapters/metadata-sqlite/sqlite-connection.ts'

/** The statements of a request, as SQL. Each is one round trip where the engine is PostgreSQL. */
export interface Statements {
  readonly outside: readonly string[]
  /** The statements of each transaction, without its begin and its commit. */
  readonly transactions: readonly (readonly string[])[]
}

/**
 * Watches what the SQL connections of this process are asked from now on. What SQLite's adapter answers from memory is
 * not asked of them, nor is what a pool asks of its sessions.
 * @returns the function that returns the statements since its last call
 */
export function watchStatements(): () => Statements {
  let outside: string[] = []
  let transactions: string[][] = []
  const running = new WeakMap<object, string[]>()
  const hearQuery = (connection: object, { sql }: CompiledQuery) => {
    ;(running.get(connection) ?? outside).push(sql)
  }
  const hearScript = (connection: object, script: string) => {
    if (script.startsWith('begin')) {
      const statements: string[] = []
      transactions.push(statements)
      running.set(connection, statements)
    } else if (script === 'commit' || script === 'rollback') running.delete(connection)
  }
  for (const { prototype } of [SqliteConnection, PostgresConnection]) {
    const { executeQuery } = prototype
    prototype.executeQuery = function (query) {
      hearQuery(this, query)
      return executeQuery.call(this, query) as never
    }
  }
  const { exec } = SqliteConnection.prototype
  SqliteConnection.prototype.exec = function (script) {
    hearScript(this, script)
    return exec.call(this, script)
  }
  const { run } = PostgresConnection.prototype
  PostgresConnection.prototype.run = function (script) {
    hearScript(this, script)
    return run.call(this, script)
  }
  return () => {
    const statements = { outside, transactions }
    outside = []
    transactions = []
    return statements
  }
}
