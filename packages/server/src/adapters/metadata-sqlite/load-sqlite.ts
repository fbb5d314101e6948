import type * as Photostructure from '@photostructure/sqlite'

/** The part of `node:sqlite` that is used; @photostructure/sqlite has the same. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
  exec(sql: string): void
  close(): void
}

export interface SqliteStatement {
  all(...parameters: unknown[]): unknown[]
  iterate(...parameters: unknown[]): Iterable<unknown>
  run(...parameters: unknown[]): { readonly changes: number | bigint }
}

/** Opens a database with the runtime's own SQLite, or with the packaged one where it has none (Node 20). */
export async function openDatabase(file: string): Promise<SqliteDatabase> {
  const builtIn = process.getBuiltinModule('node:sqlite') as typeof Photostructure | undefined
  const { DatabaseSync } = builtIn ?? (await import('@photostructure/sqlite'))
  return new DatabaseSync(file)
}
