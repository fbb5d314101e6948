import { CompiledQuery } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { openDatabase, type SqliteDatabase } from './load-sqlite.ts'
import { SqliteConnection } from './sqlite-connection.ts'

describe('SqliteConnection', () => {
  let database: SqliteDatabase
  let connection: SqliteConnection
  beforeEach(async () => {
    database = await openDatabase(':memory:')
    connection = new SqliteConnection(database)
    connection.exec('create table t (k integer primary key, v text unique)')
  })
  afterEach(() => database.close())
  const run = (sql: string, parameters: unknown[] = []) => connection.executeQuery(CompiledQuery.raw(sql, parameters))
  const unavailable = (error: unknown) => isProblem(error, 'unavailable')

  it('says that a disk is full', async () => {
    connection.exec('pragma max_page_count = 4')
    await expect(run('insert into t (v) values (?)', ['x'.repeat(100_000)])).rejects.toSatisfy(error =>
      isProblem(error, 'storageFull'),
    )
  })

  it('says that a read-only database makes the store unavailable', async () => {
    connection.exec('pragma query_only = on')
    await expect(run('insert into t (v) values (1)')).rejects.toSatisfy(unavailable)
  })

  it('leaves faults of the caller as they are', async () => {
    await run('insert into t (v) values (?)', ['same'])
    await expect(run('insert into t (v) values (?)', ['same'])).rejects.toThrow('UNIQUE')
    await expect(run('select nonsense from t')).rejects.toThrow('nonsense')
  })

  it('streams rows one by one', async () => {
    for (const value of ['a', 'b']) await run('insert into t (v) values (?)', [value])
    const rows: unknown[] = []
    for await (const result of connection.streamQuery(CompiledQuery.raw('select v from t order by k'))) {
      rows.push(...result.rows)
    }
    expect(rows).toEqual([{ v: 'a' }, { v: 'b' }])
  })
})
