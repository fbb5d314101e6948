import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { QueryResult as PgResult } from 'pg'
import { hotName } from '../metadata-sql/hot-query.ts'
import { hasGone, isConflict, stateOf, translatePostgresError } from './postgres-errors.ts'
import type { Session } from './postgres-writer.ts'

const WRITES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE'])

/** A session of a pool, lent for one query or one transaction. */
export class PostgresConnection implements DatabaseConnection {
  readonly session: Session
  #failure: unknown
  #ended = false

  constructor(session: Session) {
    this.session = session
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#ended) throw new Error('a query came after the end of its transaction')
    const name = this.session.isPooled ? undefined : hotName(query)
    const text = { text: query.sql, values: query.parameters.map(storable) }
    try {
      const { command, rowCount, rows } = await this.session.client.query(name === undefined ? text : { ...text, name })
      return WRITES.has(command) ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows }
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** Runs statements without parameters in one round trip, and returns the last one's result. */
  async run(statements: string): Promise<Pick<PgResult, 'command' | 'rows'>> {
    try {
      const results: PgResult | PgResult[] = await this.session.client.query(statements)
      return (Array.isArray(results) ? results.at(-1) : results) as PgResult
    } catch (error) {
      throw this.#failed(error)
    }
  }

  // biome-ignore lint/correctness/useYield: the port has pages, no streams
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('rows are read by pages')
  }

  /** The first error of the transaction, whoever has caught it. */
  get failure(): unknown {
    return this.#failure
  }

  /** Ends the lending: what a transaction started and did not wait for must not run any more. */
  end(): void {
    this.#ended = true
  }

  /** Keeps the connection from being used again: nobody knows what the server is doing for it. */
  abandon(): void {
    this.session.isBroken = true
  }

  get isBroken(): boolean {
    return this.session.isBroken
  }

  #failed(error: unknown): unknown {
    // A query that the server did not answer may still be under way there, and its answer yet to come.
    if (stateOf(error) === undefined || hasGone(error)) this.abandon()
    const translated = isConflict(error) ? error : translatePostgresError(error)
    this.#failure ??= translated
    return translated
  }
}

/**
 * The value as PostgreSQL can store it. Its text has no NUL. The character that stands for what cannot be shown takes
 * its place: names and keys hold neither, so that a look-up finds nothing, as it should.
 */
function storable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}
