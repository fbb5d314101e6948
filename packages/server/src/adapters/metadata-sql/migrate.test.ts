import { expect, it } from 'vitest'
import { postgresEngine } from '../metadata-postgres/postgres-dialect.ts'
import { sqliteEngine } from '../metadata-sqlite/sqlite-dialect.ts'
import { STEPS } from './migrate.ts'

const ADDING = [/^create (?:unique )?index \w+ on /, /^create (?:virtual )?table \w+ (?:\(|using fts5\()/]
/** Counters of rows that others go on to write; a server of the release before knows neither. */
const COUNTING = [/^create (?:trigger|function) usage_of_/, /^insert into account_usage /, /^update account_usage set /]
/** Marks what search does not know yet, as writes of others do too; and what PostgreSQL searches parts of names by. */
const MARKING = [
  /^create (?:trigger|function) stale_of_/,
  /^insert into search_stale /,
  /^do \$\$ begin create (?:extension if not exists pg_trgm|index \w+ on \w+ using gin \(path gin_trgm_ops\)); /,
]
/** Of SQLite, where nobody else is at the database: words that are made again of what the rows say. */
const REMADE = /^drop table search_(?:words|parts)$/
const COLUMN = /^alter table \w+ add column \w+ (?<definition>.+)$/

/** A server of the release before, which names the columns that it knows, goes on beside such a step. */
function onlyAdds(statement: string): boolean {
  const column = COLUMN.exec(statement)?.groups?.['definition']
  if (column !== undefined) return !column.includes('not null') || column.includes('default')
  return [...ADDING, ...COUNTING, ...MARKING].some(pattern => pattern.test(statement))
}

it.each(Object.entries(STEPS))('%s only adds, so that servers of the release before go on', (_, statements) => {
  for (const engine of [sqliteEngine, postgresEngine]) {
    const others = statements(engine)
      .filter(statement => !onlyAdds(statement))
      .filter(statement => engine !== sqliteEngine || !REMADE.test(statement))
    expect(others).toEqual([])
  }
})

it('tells what does not', () => {
  expect(onlyAdds('alter table blobs add column size bigint not null')).toBe(false)
  expect(onlyAdds('alter table blobs drop column size')).toBe(false)
  expect(onlyAdds('update blobs set size = 0')).toBe(false)
})
