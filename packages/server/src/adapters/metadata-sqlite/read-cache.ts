import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { LruCache } from '../../domain/lru-cache.ts'
import type { SqliteDatabase } from './load-sqlite.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** Answers kept; the look-ups of a pull are three small rows. */
const ANSWERS = 10_000
/** Only look-ups by key are worth keeping: long lists of parameters or rows do not come again. */
const MOST_PARAMETERS = 4
const MOST_ROWS = 8

/**
 * Gives a read's answer again for as long as nobody has committed anything. This process's own commits
 * say so (`forget`); those of others show in a counter of SQLite's (`PRAGMA data_version`), which is
 * looked at once a turn of the event loop: a request that was sent after another process answered is
 * not in the turn that began before.
 */
export class ReadCache implements DatabaseConnection {
  readonly #connection: SqliteConnection
  readonly #version: () => unknown
  #answers = new LruCache<string, QueryResult<unknown>>(ANSWERS)
  #answersOf: unknown
  #looked = false

  /** `connection` must not write: its own commits would not show in the counter. */
  constructor(connection: SqliteConnection, database: SqliteDatabase) {
    this.#connection = connection
    const statement = database.prepare('pragma data_version')
    this.#version = () => (statement.all()[0] as { data_version: number } | undefined)?.data_version
  }

  /** To be called when this process has committed. */
  forget(): void {
    this.#answers = new LruCache(ANSWERS)
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (query.parameters.length > MOST_PARAMETERS) return this.#connection.executeQuery<Row>(query)
    this.#look()
    const answers = this.#answers
    const key = `${query.sql}\n${JSON.stringify(query.parameters)}`
    const kept = answers.get(key)
    if (kept !== undefined) return kept as QueryResult<Row>
    const answer = await this.#connection.executeQuery<Row>(query)
    if (isSmall(answer.rows)) answers.set(key, answer)
    return answer
  }

  streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery<Row>(query)
  }

  #look(): void {
    if (this.#looked) return
    this.#looked = true
    setImmediate(() => {
      this.#looked = false
    })
    const version = this.#version()
    if (version !== this.#answersOf) this.forget()
    this.#answersOf = version
  }
}

function isSmall(rows: readonly unknown[]): boolean {
  return rows.length <= MOST_ROWS && !rows.some(row => Object.values(row as object).some(ArrayBuffer.isView))
}
