import { type Dialect, type Driver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import type { SqlEngine } from '../metadata-sql/engine.ts'
import { sqliteSearch } from './sqlite-search.ts'

export const sqliteEngine: SqlEngine = {
  identity: 'integer primary key autoincrement',
  text: 'text', // its collation is BINARY
  bytes: 'blob',
  keyedTable: 'without rowid',
  search: sqliteSearch,

  usageRows: () => [
    `insert into account_usage (account_id, slot) select account_id, 0 from registries`,
    `create trigger usage_of_registries after insert on registries begin
      insert into account_usage (account_id, slot) values (new.account_id, 0) on conflict do nothing;
    end`,
  ],

  counting: ({ table, column, account, amount }, event) => {
    const of = (text: string) => text.replaceAll('changed.', event === 'insert' ? 'new.' : 'old.')
    return [
      `create trigger usage_of_${table}_${event} after ${event} on ${table} begin
        update account_usage set ${column} = ${column} ${event === 'insert' ? '+' : '-'} (${of(amount)})
          where account_id = ${of(account)} and slot = 0;
      end`,
    ]
  },

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
