import { type Kysely, sql } from 'kysely'
import type { MovedTable, TableRow, TableRows } from '../../../../ports/rows/move/tables.ts'
import type { SqlEngine } from '../../engine.ts'
import { MOVED_TABLES } from '../../moved-tables.ts'
import type { Schema } from '../../schema.ts'

export function tableRows(db: Kysely<Schema>, engine: SqlEngine): TableRows {
  // The name of a table. Only tables of MOVED_TABLES come in, so that their names are the schema's.
  const nameOf = (table: MovedTable) => table.name as keyof Schema
  const keyOf = ({ key }: MovedTable) => sql.join(key.map(column => sql.ref(column)))
  const byKey = ({ key }: MovedTable, direction: 'asc' | 'desc') =>
    sql.join(key.map(column => sql`${sql.ref(column)} ${sql.raw(direction)}`))

  return {
    tables: MOVED_TABLES,

    async page(table, after) {
      const { key, pageRows } = table
      const where =
        after === undefined
          ? sql``
          : sql`where (${keyOf(table)}) > (${sql.join(key.map(column => after[column] ?? null))})`
      const { rows } = await sql<TableRow>`select * from ${sql.table(table.name)} ${where}
        order by ${byKey(table, 'asc')} limit ${pageRows}`.execute(db)
      return rows
    },

    async last(table) {
      const { rows } = await sql<TableRow>`select ${keyOf(table)} from ${sql.table(table.name)}
        order by ${byKey(table, 'desc')} limit 1`.execute(db)
      return rows[0]
    },

    async insert(table, rows) {
      const columns = Object.keys(rows[0] ?? {})
      if (columns.length === 0) return
      const values = rows.map(row => sql`(${sql.join(columns.map(column => row[column] ?? null))})`)
      await sql`insert into ${sql.table(table.name)} (${sql.join(columns.map(column => sql.ref(column)))})
        values ${sql.join(values)}`.execute(db)
    },

    async deleteSome(table) {
      const key = keyOf(table)
      const { rows } = await sql`delete from ${sql.table(table.name)} where (${key}) in
        (select ${key} from ${sql.table(table.name)} limit ${table.pageRows}) returning 1`.execute(db)
      return rows.length > 0
    },

    lastIdentity: table => engine.lastIdentity(db, nameOf(table)),
    setIdentity: (table, last) => engine.setIdentity(db, nameOf(table), last),
  }
}
