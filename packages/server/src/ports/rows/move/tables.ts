/** A value of a column, the same from every engine. */
export type Cell = string | number | null | Uint8Array

/** A row by its columns. */
export type TableRow = Readonly<Record<string, Cell>>

export interface MovedTable {
  readonly name: string
  /** The columns of the table's primary key. Rows are listed in its order. */
  readonly key: readonly string[]
  /** Whether `id` counts up by itself. */
  readonly hasIdentity: boolean
  /** How many rows of the table memory should hold at one time, at most. */
  readonly pageRows: number
}

/** Every row of the registry as it is stored, for moving it to another engine. What the rows mean plays no part. */
export interface TableRows {
  /** Each table after those that its foreign keys name. Uploads in progress and the journal of removals stay behind. */
  readonly tables: readonly MovedTable[]
  /** At most `pageRows` rows behind the row `after`, of which only the key is looked at. */
  page(table: MovedTable, after: TableRow | undefined): Promise<TableRow[]>
  /** The greatest row by key. */
  last(table: MovedTable): Promise<TableRow | undefined>
  insert(table: MovedTable, rows: readonly TableRow[]): Promise<void>
  /** Deletes at most `pageRows` rows. False when no row was left. */
  deleteSome(table: MovedTable): Promise<boolean>
  /** The last number that the table's `id` was given. */
  lastIdentity(table: MovedTable): Promise<number>
  setIdentity(table: MovedTable, last: number): Promise<void>
}
