import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { expect } from 'vitest'
import type { Stores } from './stores.ts'

/** The server writes whenever it likes, and the database has one writer at a time. */
const WAIT = 'pragma busy_timeout = 30000'

/** SQLite and files in a data folder, beside the server. */
export function embeddedStores(dataDir: string): Stores {
  const database = join(dataDir, 'berth.db')
  const pathOf = (key: string) => join(dataDir, 'blobs', key.slice(0, 2), key)
  const stores: Stores = {
    async query<Row>(sql: string) {
      const connection = new DatabaseSync(database, { readOnly: true })
      try {
        connection.exec(WAIT)
        return connection.prepare(sql).all() as Row[]
      } finally {
        connection.close()
      }
    },
    async change(sql) {
      const connection = new DatabaseSync(database, { enableForeignKeyConstraints: false })
      try {
        connection.exec(WAIT)
        connection.exec(sql)
      } finally {
        connection.close()
      }
    },
    async expectSoundDatabase() {
      expect(await stores.query('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
      expect(await stores.query('pragma foreign_key_check')).toEqual([])
    },
    async keys() {
      const entries = await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true })
      return new Set(entries.filter(entry => entry.isFile()).map(({ name }) => name))
    },
    read: key => readFile(pathOf(key)),
    write: (key, bytes) => writeFile(pathOf(key), bytes),
    remove: key => rm(pathOf(key)),
  }
  return stores
}
