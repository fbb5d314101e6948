import {
  type CompiledQuery,
  type DatabaseConnection,
  DeleteQueryNode,
  InsertQueryNode,
  type QueryResult,
  UpdateQueryNode,
} from 'kysely'
import type { SqliteDatabase, SqliteStatement } from './load-sqlite.ts'
import { translateSqliteError } from './sqlite-errors.ts'

/**
 * The most statements that are kept, more than there are queries: `IN` lists of many lengths must not make the cache
 * grow for ever.
 */
const STATEMENTS_KEPT = 500

export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** Whether to return the number of changed rows. Other statements return rows. */
  readonly isCounted: boolean
}

export interface Outcome {
  readonly rows: unknown[]
  readonly changes?: bigint
}

/** A query of Kysely's as a statement. */
export function statementOf({ sql, parameters, query }: CompiledQuery): Statement {
  return { sql, parameters, isCounted: isWriteWithoutRows(query) }
}

/** One open database with its prepared statements. */
export class SqliteConnection implements DatabaseConnection {
  readonly #database: SqliteDatabase
  /** The statements by SQL text, the least recently used first. */
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  /** Runs statements that have no parameters and return no rows. It throws SQLite's own errors. */
  exec(sql: string): void {
    this.#database.exec(sql)
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      const { rows, changes } = this.run(statementOf(query))
      return changes === undefined ? { rows: rows as Row[] } : { rows: [], numAffectedRows: changes }
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  /** Runs one statement. It throws SQLite's own errors. */
  run({ sql, parameters, isCounted }: Statement): Outcome {
    const statement = this.#prepared(sql)
    if (!isCounted) return { rows: statement.all(...parameters) }
    return { rows: [], changes: BigInt(statement.run(...parameters).changes) }
  }

  async *streamQuery<Row>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    // A statement of its own: a cached one could be started again while this walk goes on.
    for (const row of this.#database.prepare(sql).iterate(...parameters)) yield { rows: [row as Row] }
  }

  #prepared(sql: string): SqliteStatement {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.delete(sql)
    this.#statements.set(sql, statement)
    if (this.#statements.size > STATEMENTS_KEPT) {
      const [oldest] = this.#statements.keys()
      if (oldest !== undefined) this.#statements.delete(oldest)
    }
    return statement
  }
}

function isWriteWithoutRows(query: CompiledQuery['query']): boolean {
  const isWrite = InsertQueryNode.is(query) || UpdateQueryNode.is(query) || DeleteQueryNode.is(query)
  return isWrite && query.returning === undefined
}
