/**
 * What the tables ask of an SQL engine beyond the SQL that all of them share. Each is a piece of
 * column or table definition.
 */
export interface SqlEngine {
  /** A primary key that counts up and is never given twice, also after a row was deleted. */
  readonly identity: string
  /** Text that compares byte by byte: names and tags are listed in that order. */
  readonly text: string
  readonly bytes: string
  /**
   * Ends the definition of a table whose rows are little more than their primary key, to keep it once;
   * empty where all tables are alike. Check the query plans: SQLite then likes that key better than an index.
   */
  readonly keyedTable: string
}
