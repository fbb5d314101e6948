/** What a column holds, the same from every engine. */
export type Cell = string | number | null | Uint8Array

/** A row by its columns. */
export type TableRow = Readonly<Record<string, Cell>>

export interface MovedTable {
  readonly name: string
  /** The columns of its primary key: rows are listed in their order. */
  readonly key: readonly string[]
  /** Whether `id` counts up by itself. */
  readonly hasIdentity: boolean
  /** Rows at most that memory should hold of it at one time. */
  readonly pageRows: number
}

/** Every row of the registry as it is, for moving it to another engine; what the rows mean is not asked. */
export interface TableRows {
  /** Each table after those that its foreign keys name. Uploads in progress and the journal of removals stay behind. */
  readonly tables: readonly MovedTable[]
  /** At most `pageRows`, after a row of which only the key is looked at. */
  page(table: MovedTable, after: TableRow | undefined): Promise<TableRow[]>
  /** The greatest row by key. */
  last(table: MovedTable): Promise<TableRow | undefined>
  insert(table: MovedTable, rows: readonly TableRow[]): Promise<void>
  /** Deletes at most `pageRows`; false when there was nothing left. */
  deleteSome(table: MovedTable): Promise<boolean>
  /** The last number that its `id` was given. */
  lastIdentity(table: MovedTable): Promise<number>
  setIdentity(table: MovedTable, last: number): Promise<void>
}
