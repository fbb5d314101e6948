import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { PoolClient } from 'pg'
import { hotName } from '../metadata-sql/hot-query.ts'
import { isConflict, stateOf, translatePostgresError } from './postgres-errors.ts'

const WRITES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE'])

/** A connection of the pool, for one query or one transaction. */
export class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient
  #failure: unknown
  #broken = false
  #ended = false

  constructor(client: PoolClient) {
    this.#client = client
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#ended) throw new Error('a query came after the end of its transaction')
    const name = hotName(query)
    const text = { text: query.sql, values: query.parameters.map(storable) }
    try {
      const { command, rowCount, rows } = await this.#client.query(name === undefined ? text : { ...text, name })
      return WRITES.has(command) ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows }
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** Runs statements without parameters in one round trip, and returns the last one's command tag. */
  async run(statements: string): Promise<string> {
    try {
      const results: unknown = await this.#client.query(statements)
      const last: unknown = Array.isArray(results) ? results.at(-1) : results
      return (last as { command: string }).command
    } catch (error) {
      throw this.#failed(error)
    }
  }

  // biome-ignore lint/correctness/useYield: the port has pages, no streams
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('rows are read by pages')
  }

  /** The first error of the transaction, whoever caught it. */
  get failure(): unknown {
    return this.#failure
  }

  /** What a transaction started and did not wait for must not run after its end. */
  end(): void {
    this.#ended = true
  }

  /** Keeps the connection from being used again: nobody knows what it is at. */
  abandon(): void {
    this.#broken = true
  }

  get isBroken(): boolean {
    return this.#broken
  }

  release(): void {
    this.#ended = true
    this.#client.release(this.#broken)
  }

  #failed(error: unknown): unknown {
    // What the server did not answer may still be under way there, and its answer yet to come.
    if (stateOf(error) === undefined) this.#broken = true
    const translated = isConflict(error) ? error : translatePostgresError(error)
    this.#failure ??= translated
    return translated
  }
}

/**
 * PostgreSQL's text has no NUL. The character that stands for what cannot be shown takes its place: names and
 * keys hold neither, so that a look-up finds nothing, as it should.
 */
function storable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}
