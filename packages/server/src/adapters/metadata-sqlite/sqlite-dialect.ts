import { type Dialect, type Driver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import type { SqlEngine } from '../metadata-sql/engine.ts'

export const sqliteEngine: SqlEngine = {
  identity: 'integer primary key autoincrement',
  text: 'text', // its collation is BINARY
  bytes: 'blob',
  keyedTable: 'without rowid',

  claiming: query => query, // one transaction writes at a time

  async lastIdentity(db, table) {
    const { rows } = await sql<{ seq: number }>`select seq from sqlite_sequence where name = ${table}`.execute(db)
    return rows[0]?.seq ?? 0
  },

  async setIdentity(db, table, last) {
    await sql`delete from sqlite_sequence where name = ${table}`.execute(db)
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(db)
  },
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
