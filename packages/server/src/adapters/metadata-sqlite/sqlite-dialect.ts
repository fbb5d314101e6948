import { type Dialect, type Driver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { SqlEngine } from '../metadata-sql/engine.ts'

export const sqliteEngine: SqlEngine = {
  identity: 'integer primary key autoincrement',
  text: 'text', // its collation is BINARY
  bytes: 'blob',
  keyedTable: 'without rowid',
}

export const sqliteDialect = (driver: Driver): Dialect => ({
  createAdapter: () => new TransactionalDdlAdapter(),
  createDriver: () => driver,
  createIntrospector: db => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
})

/** SQLite rolls table definitions back like any write, so a migration is all or nothing. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
