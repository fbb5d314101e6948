import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { expect } from 'vitest'
import { storedKeys } from './process.ts'

/** Runs one query on the server's database, beside the server and without a change to it. */
export function query<Row>(dataDir: string, sql: string): Row[] {
  const database = new DatabaseSync(join(dataDir, 'berth.db'), { readOnly: true })
  try {
    return database.prepare(sql).all() as Row[]
  } finally {
    database.close()
  }
}

/** Changes the server's database behind its back, against its own constraints if need be: for faults. */
export function change(dataDir: string, sql: string): void {
  const database = new DatabaseSync(join(dataDir, 'berth.db'), { enableForeignKeyConstraints: false })
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

/** The database is sound, and each file is accounted for: by a blob, an upload or the journal of removals. */
export async function expectWholeStorage(dataDir: string): Promise<void> {
  expect(query(dataDir, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
  expect(query(dataDir, 'pragma foreign_key_check')).toEqual([])
  const keysOf = (table: string) =>
    query<{ storage_key: string }>(dataDir, `select storage_key from ${table}`).map(row => row.storage_key)
  // Files are read first: what comes into being afterwards has its row before its file.
  const files = await storedKeys(dataDir)
  const blobs = keysOf('blobs')
  const known = new Set([...blobs, ...keysOf('uploads'), ...keysOf('removals')])
  expect([...files].filter(key => !known.has(key))).toEqual([])
  expect(blobs.filter(key => !files.has(key))).toEqual([])
}
