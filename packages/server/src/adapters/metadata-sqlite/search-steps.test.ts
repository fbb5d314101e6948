import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Kysely } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseRepositoryName } from '../../domain/names.ts'
import { anythingTyped } from '../../domain/search/search-text.arbitrary.ts'
import { readSearchText } from '../../domain/search/search-text.ts'
import { ACCOUNT, ALIAS } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import { searchRows } from '../metadata-sql/rows/gallery/search.ts'
import type { Schema } from '../metadata-sql/schema.ts'
import { openDatabase, type SqliteDatabase } from './load-sqlite.ts'
import { openSqliteMetadata } from './open-sqlite-metadata.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { sqliteDialect, sqliteEngine } from './sqlite-dialect.ts'
import { ReadDriver } from './sqlite-drivers.ts'

/** Repositories that are looked at. */
const LIMIT = 5
/** What all statements of a search are given, in characters. */
const GIVEN = 20_000

let folder: string
let database: SqliteDatabase
let db: Kysely<Schema>
let statements: { sql: string; given: number }[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-search-steps-'))
  const file = join(folder, 'metadata.db')
  const store = await openSqliteMetadata({ file })
  await store.transaction(async rows => {
    for (let at = 1; at <= 40; at += 1) {
      const name = parseRepositoryName(`web/im-${at}`)
      const lexemes = ['4web', '6im', '1im', '2im', '3im', '4im', 'verified']
      const entry = { id: at as RepositoryId, accountId: ACCOUNT, alias: ALIAS, name, verified: true }
      await rows.search.put({ ...entry, facets: ['verified'], lexemes })
    }
  })
  await store.close()
  database = await openDatabase(file)
  db = new Kysely<Schema>({
    dialect: sqliteDialect(new ReadDriver(new SqliteConnection(database))),
    log: ({ query: { sql, parameters } }) => {
      statements.push({ sql, given: parameters.join('').length })
    },
  })
})
afterAll(async () => {
  database?.close()
  await rm(folder, { recursive: true })
})

it('a search takes no more statements, and looks at no more, than it may, whatever was typed', async () => {
  const rows = searchRows(db, sqliteEngine)
  const facets = fc.subarray(['verified', 'oslinux'])
  await fc.assert(
    fc.asyncProperty(anythingTyped, facets, async (text, narrowed) => {
      statements = []
      const found = await rows.find({ ...readSearchText(text), facets: narrowed }, 'best', LIMIT)
      expect(found.length).toBeLessThanOrEqual(LIMIT)
      expect(statements.length).toBeLessThanOrEqual(16)
      expect(statements.reduce((sum, { given }) => sum + given, 0)).toBeLessThan(GIVEN)
      // Whatever a statement reads of a table of search, it stops at the limit.
      for (const { sql } of statements) expect(sql).toMatch(/limit \?\) as page$|join search_entries as entry/)
    }),
    { numRuns: 200 },
  )
})
