import { DatabaseRefused, NoRegistry } from '../../ports/database-refused.ts'
import { type DatabaseOwner, ownerOf, someOf, TAKEN_STEPS } from '../metadata-sql/database-owner.ts'
import type { SqliteDatabase } from './load-sqlite.ts'

/** "brth": by it `file`, and berth itself, know the database (sqlite.org/fileformat2.html, 1.3.17, application id). */
const MARK = 0x62727468

/**
 * Makes sure that a database is berth's, and marks it. An empty one becomes berth's only with `mayCreate`.
 * @throws DatabaseRefused for another program's database, which stays as it is; NoRegistry
 */
export function requireOwn(database: SqliteDatabase, file: string, { mayCreate }: { mayCreate: boolean }): void {
  if (findOwner(database, file) === 'nobody' && !mayCreate) throw new NoRegistry(file)
  mark(database)
}

/** Finds the owner of a database without the mark, by the steps that were taken. @throws DatabaseRefused */
function findOwner(database: SqliteDatabase, file: string): Exclude<DatabaseOwner, 'others'> {
  const mark = readMark(database)
  const tables = namesIn(
    database,
    "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'",
  )
  const steps = tables.includes(TAKEN_STEPS) ? namesIn(database, `select name from ${TAKEN_STEPS}`) : []
  const owner = mark === 0 || mark === MARK ? ownerOf(tables, steps) : 'others'
  if (owner !== 'others') return owner
  const found = tables.length === 0 ? `its application id is ${mark}` : `with the tables ${someOf(tables)}`
  throw new DatabaseRefused(
    `${file} is a database of another program (${found}), and stays as it is. Name another folder with --data-dir.`,
  )
}

/** Marks a database of berth's. One from before the mark, that cannot be written now, is marked another time. */
function mark(database: SqliteDatabase): void {
  try {
    if (readMark(database) !== MARK) database.exec(`pragma application_id = ${MARK}`)
  } catch {}
}

function readMark(database: SqliteDatabase): number {
  const [row] = database.prepare('pragma application_id').all() as { application_id: number }[]
  return row?.application_id ?? 0
}

const namesIn = (database: SqliteDatabase, query: string): string[] =>
  (database.prepare(query).all() as { name: string }[]).map(({ name }) => name)
