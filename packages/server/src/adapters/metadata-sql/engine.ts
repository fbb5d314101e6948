import type { Kysely, RawBuilder, SelectQueryBuilder } from 'kysely'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { Schema } from './schema.ts'

/** A number that an account has by its rows in a table. `changed` stands for the rows that come or go. */
export interface UsageCounter {
  readonly table: string
  readonly column: 'stored_bytes' | 'audit_bytes' | 'open_uploads'
  readonly account: string
  readonly amount: string
}

/** How an engine finds words, and parts of names. */
export interface SqlSearch {
  /** Statements that make its tables. */
  tables(): string[]
  /** Statements of triggers that mark in `search_stale` what has changed. */
  marking(): string[]
  /** Likewise, where the images of a repository gain or lose a platform. */
  markingPlatforms(): string[]
  /** Statements that make its tables anew, in another form, and mark all that they had; none where they stay. */
  remade(): string[]
  put(db: Kysely<Schema>, id: RepositoryId, lexemes: readonly string[], path: string): Promise<void>
  remove(db: Kysely<Schema>, ids: readonly RepositoryId[]): Promise<void>
  /** Empties its tables, and `search_entries`. */
  clear(db: Kysely<Schema>): Promise<void>
  /** A query for the repositories with one lexeme of each list, in the column `id`. */
  matching(wanted: readonly (readonly string[])[]): RawBuilder<unknown>
  /**
   * A query for the repositories that may have the text in `ALIAS/NAME`, three characters of a name or more; none where
   * the engine cannot tell.
   */
  containing(part: string): RawBuilder<unknown>
  /** The function that makes one JSON array of a column. */
  readonly array: 'json_group_array' | 'json_agg'
  /** Pairs of numbers, given as JSON, as a table with the columns `id` and `tier`. */
  pairs(json: string): RawBuilder<unknown>
  /** All rows of a query as one JSON array of arrays. Thousands of rows are slow to read one by one. */
  packed(columns: RawBuilder<unknown>, order: RawBuilder<unknown>): RawBuilder<unknown>
}

/**
 * What the tables ask of an SQL engine beyond the SQL that all engines share. A text is a piece of the definition of a
 * column or table.
 */
export interface SqlEngine {
  /** A primary key that counts up. No number is given twice, not even after its row was deleted. */
  readonly identity: string
  /** The type of text that compares byte by byte: names and tags are listed in that order. */
  readonly text: string
  readonly bytes: string
  /**
   * The end of the definition of a table whose rows are little more than their primary key, so that the key is stored
   * once; empty where all tables are alike. Check the query plans: SQLite then likes that key better than an index.
   */
  readonly keyedTable: string
  readonly search: SqlSearch
  /** Statements that give every account, later ones too, its rows in `account_usage`. */
  usageRows(): string[]
  /** Statements that count the rows of a table which come or go from then on. */
  counting(counter: UsageCounter, event: 'insert' | 'delete'): string[]
  /** Locks the rows of a query for its transaction, and passes over rows that another transaction has locked. */
  claiming<Tables extends keyof Schema, Row>(
    query: SelectQueryBuilder<Schema, Tables, Row>,
  ): SelectQueryBuilder<Schema, Tables, Row>
  /** The last number that `identity` gave in the table's column `id`; 0 when it gave none. */
  lastIdentity(db: Kysely<Schema>, table: keyof Schema): Promise<number>
  /** Makes `identity` go on after that number. */
  setIdentity(db: Kysely<Schema>, table: keyof Schema, last: number): Promise<void>
}
