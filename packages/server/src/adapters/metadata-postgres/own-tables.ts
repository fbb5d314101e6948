import { type Kysely, sql } from 'kysely'
import { DatabaseRefused } from '../../ports/database-refused.ts'
import { type DatabaseOwner, OF_STEPS, ownerOf, someOf, TAKEN_STEPS } from '../metadata-sql/database-owner.ts'
import { LEFT_TABLES, MOVED_TABLES } from '../metadata-sql/moved-tables.ts'
import type { Schema } from '../metadata-sql/schema.ts'
import { RESERVE_TABLES } from './reserve-tables.ts'

/**
 * The table of the words of search, which this engine keeps in a kind of its own. An extension that the table needs may
 * stay.
 */
const OF_SEARCH = 'search_words'
const OWN: ReadonlySet<string> = new Set([
  ...MOVED_TABLES.map(({ name }) => name),
  ...LEFT_TABLES,
  ...OF_STEPS,
  OF_SEARCH,
  ...RESERVE_TABLES,
])
/** The tables by which somebody counts on the database: a row in one of them is enough. */
const COUNTED_ON = ['registries', 'storage_moves'] as const

/** The tables that were there before berth made its own, and whose they are. */
export interface TablesBefore {
  readonly names: readonly string[]
  readonly owner: Exclude<DatabaseOwner, 'others'>
}

/** Looks whose the tables are. @throws DatabaseRefused where they are another program's */
export async function findTables(db: Kysely<Schema>, place: string): Promise<TablesBefore> {
  const names = await tableNames(db)
  const steps = names.includes(TAKEN_STEPS)
    ? await sql<{ name: string }>`select name from ${sql.table(TAKEN_STEPS)}`.execute(db)
    : { rows: [] }
  const owner = ownerOf(
    names,
    steps.rows.map(({ name }) => name),
  )
  if (owner !== 'others') return { names, owner }
  throw new DatabaseRefused(
    `${place} has tables of another program (${someOf(names)}), and stays as it is. Give berth a database of ` +
      'its own with --database.',
  )
}

/**
 * Drops the tables that berth has made since, with the functions of their triggers. They stay where an account is in
 * them, or a registry is being moved there. `db` begins transactions as migrations do, so that none runs beside this
 * one.
 */
export function dropMade(db: Kysely<Schema>, before: TablesBefore): Promise<void> {
  return db.transaction().execute(async transaction => {
    await sql`set local lock_timeout = 5000`.execute(transaction)
    const made = (await tableNames(transaction)).filter(name => OWN.has(name) && !before.names.includes(name))
    // Whoever adds an account waits here, and then finds no table.
    for (const name of COUNTED_ON.filter(each => made.includes(each))) {
      await sql`lock table ${sql.table(name)} in access exclusive mode`.execute(transaction)
      const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(transaction)
      if (rows.length > 0) return
    }
    const triggers = await triggersOf(transaction, made)
    if (made.length > 0) await sql`drop table ${sql.join(made.map(name => sql.table(name)))}`.execute(transaction)
    for (const name of triggers) await sql`drop function ${sql.table(name)}()`.execute(transaction)
    if (before.names.includes(TAKEN_STEPS)) await sql`delete from ${sql.table(TAKEN_STEPS)}`.execute(transaction)
  })
}

/** The tables of the database's present schema, but for those that come with an extension. */
async function tableNames(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class
    where relnamespace = (select oid from pg_namespace where nspname = current_schema())
      and relkind in ('r', 'p') and not exists (
        select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')
    order by relname`.execute(db)
  return rows.map(({ name }) => name)
}

/** The functions that triggers of these tables call. They outlive the tables. */
async function triggersOf(db: Kysely<Schema>, tables: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select distinct proname as name from pg_trigger
    join pg_proc on pg_proc.oid = tgfoid join pg_class on pg_class.oid = tgrelid
    where not tgisinternal and relnamespace = (select oid from pg_namespace where nspname = current_schema())
      and relname = any(${tables})`.execute(db)
  return rows.map(({ name }) => name)
}
