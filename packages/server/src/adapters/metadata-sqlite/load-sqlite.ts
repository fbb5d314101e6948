import type * as Photostructure from '@photostructure/sqlite'
import { DatabaseRefused } from '../../ports/database-refused.ts'

/** The part of `node:sqlite` that berth uses. @photostructure/sqlite has the same. */
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

type Sqlite = Pick<typeof Photostructure, 'DatabaseSync'>

/**
 * Opens a database with the runtime's own SQLite, or with the packaged one where the runtime has none (Node 20).
 * package.json names that package: in a checkout one for all platforms, in the published program one for this
 * platform.
 */
export async function openDatabase(file: string): Promise<SqliteDatabase> {
  const { DatabaseSync } = builtIn() ?? (await packaged())
  return new DatabaseSync(file)
}

/** Node 22 warns of an experiment each time that a process loads it. */
function builtIn(): Sqlite | undefined {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite') as Sqlite | undefined
  } finally {
    process.emitWarning = emitWarning
  }
}

async function packaged(): Promise<Sqlite> {
  try {
    return await import('#sqlite')
  } catch (error) {
    throw new DatabaseRefused(error instanceof Error ? error.message : String(error))
  }
}
