import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabase } from '../metadata-sqlite/load-sqlite.ts'
import { openSqliteMetadata } from '../metadata-sqlite/open-sqlite-metadata.ts'
import { LEFT_TABLES, MOVED_TABLES } from './moved-tables.ts'

const MIGRATOR = ['kysely_migration', 'kysely_migration_lock']

it('moves or leaves every table, by its whole key, and each after those that it refers to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-tables-'))
  const file = join(folder, 'metadata.db')
  await (await openSqliteMetadata({ file })).close()
  const database = await openDatabase(file)
  const all = <Row>(statement: string) => database.prepare(statement).all() as Row[]

  // Tables of words are made of others (`SqlSearch`).
  const tables = all<{ name: string }>(
    "select name from pragma_table_list where type = 'table' and name not like 'sqlite%' order by name",
  ).map(row => row.name)
  const moved: string[] = MOVED_TABLES.map(table => table.name)
  expect([...moved, ...LEFT_TABLES, ...MIGRATOR].sort()).toEqual(tables)

  for (const { name, key, hasIdentity } of MOVED_TABLES) {
    const columns = all<{ name: string; pk: number }>(`pragma table_info(${name})`).filter(column => column.pk > 0)
    expect(key, name).toEqual(columns.sort((a, b) => a.pk - b.pk).map(column => column.name))
    const [{ sql } = { sql: '' }] = all<{ sql: string }>(`select sql from sqlite_master where name = '${name}'`)
    expect(hasIdentity, name).toBe(sql.includes('autoincrement'))
    const parents = all<{ table: string }>(`pragma foreign_key_list(${name})`).map(row => row.table)
    for (const parent of parents) expect(moved.slice(0, moved.indexOf(name)), `${name} to ${parent}`).toContain(parent)
  }
  database.close()
  await rm(folder, { recursive: true })
})
