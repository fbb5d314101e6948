import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { DatabaseRefused, NoRegistry } from '../../ports/database-refused.ts'
import { ACCOUNT, addRegistry } from '../../ports/metadata-contract/testing/fixtures.ts'
import { accountUsageContract, metadataStoreContract } from '../../ports/metadata-store.contract.ts'
import { openTemporarySqliteMetadata } from '../../testing/temporary-sqlite-metadata.ts'
import { openDatabase } from './load-sqlite.ts'
import { openSqliteMetadata } from './open-sqlite-metadata.ts'

metadataStoreContract('sqlite', openTemporarySqliteMetadata)
accountUsageContract('sqlite', openTemporarySqliteMetadata)

describe('openSqliteMetadata', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-open-'))
    file = join(folder, 'metadata.db')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const unavailable = (error: unknown) => isProblem(error, 'unavailable')

  it('makes files that only their owner can read', async () => {
    const store = await openSqliteMetadata({ file })
    await store.transaction(rows => addRegistry(rows))
    for (const suffix of ['', '-wal', '-shm']) expect((await stat(file + suffix)).mode & 0o777).toBe(0o600)
    await store.close()
  })

  it('finds what was written before, and leaves one file behind', async () => {
    const first = await openSqliteMetadata({ file })
    await first.transaction(rows => addRegistry(rows))
    await first.close()
    await expect(stat(`${file}-wal`)).rejects.toThrow()
    const second = await openSqliteMetadata({ file })
    expect(await second.rows.registries.find(ACCOUNT)).toBeDefined()
    await second.close()
  })

  it('runs transactions one after the other, in the order of arrival', async () => {
    const store = await openSqliteMetadata({ file })
    const steps: string[] = []
    const work = (name: string) =>
      store.transaction(async rows => {
        steps.push(`${name} starts`)
        await rows.registries.find(ACCOUNT)
        await delay(2)
        await rows.registries.find(ACCOUNT)
        steps.push(`${name} ends`)
      })
    await Promise.all(['a', 'b', 'c'].map(work))
    expect(steps).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'])
    await store.close()
  })

  it('keeps its locks, which other programs go by, when the process opens a second store', async () => {
    const first = await openSqliteMetadata({ file })
    await first.transaction(rows => addRegistry(rows))
    const { ino } = await stat(file)
    const locks = async () => {
      const lines = (await readFile('/proc/locks', 'utf8')).split('\n')
      return lines.filter(line => line.includes(` ${process.pid} `) && line.includes(`:${ino} `)).length
    }
    // Without them the next program to close the database removes the log.
    expect(await locks()).toBeGreaterThan(0)
    const second = await openSqliteMetadata({ file })
    expect(await locks()).toBeGreaterThan(0)
    await second.close()
    expect(await locks()).toBeGreaterThan(0)
    await first.close()
  })

  it('can be read by the older SQLite of other programs', async () => {
    const store = await openSqliteMetadata({ file })
    const other = await openDatabase(file)
    const tables = other.prepare("select sql from sqlite_master where sql like 'create virtual table%'").all()
    // From 3.43 on; older ones cannot even tell the columns of the rest.
    for (const { sql } of tables as { sql: string }[]) expect(sql).not.toContain('contentless_delete')
    expect(tables).toHaveLength(2)
    other.close()
    await store.close()
  })

  it('shares its file with another store', async () => {
    const one = await openSqliteMetadata({ file })
    const two = await openSqliteMetadata({ file })
    await one.transaction(rows => addRegistry(rows))
    expect(await two.rows.registries.find(ACCOUNT)).toBeDefined()
    await two.transaction(rows => rows.registries.update(ACCOUNT, { displayName: 'Acme' }))
    expect(await one.rows.registries.find(ACCOUNT)).toMatchObject({ displayName: 'Acme' })
    await one.close()
    await two.close()
  })

  it('waits for another process that writes, and reads meanwhile', async () => {
    const store = await openSqliteMetadata({ file })
    const other = await openDatabase(file)
    other.exec('begin immediate')
    let done = false
    const waiting = store
      .transaction(rows => addRegistry(rows))
      .then(() => {
        done = true
      })
    expect(await store.rows.registries.find(ACCOUNT)).toBeUndefined()
    expect(done).toBe(false)
    other.exec('commit')
    await waiting
    expect(await store.rows.registries.find(ACCOUNT)).toBeDefined()
    other.close()
    await store.close()
  })

  it('is unavailable when another process keeps the lock, and well again after it', async () => {
    const store = await openSqliteMetadata({ file, busyTimeoutMs: 20 })
    const other = await openDatabase(file)
    other.exec('begin immediate')
    const failed = store.transaction(rows => addRegistry(rows))
    await expect(failed).rejects.toSatisfy(unavailable)
    other.exec('rollback')
    await store.transaction(rows => addRegistry(rows))
    other.close()
    await store.close()
  })

  it('refuses a database that a newer berth has been at', async () => {
    await (await openSqliteMetadata({ file })).close()
    const other = await openDatabase(file)
    other.exec("insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')")
    other.close()
    await expect(openSqliteMetadata({ file })).rejects.toThrow(/newer berth \(its step 9999-later is not known here\)/)
  })

  describe('whose database it is', () => {
    const change = async (script: string) => {
      const other = await openDatabase(file)
      other.exec(script)
      other.close()
    }
    const mark = async () => (await readFile(file)).readInt32BE(68)

    it('is marked as berth’s, also where it was made before the mark', async () => {
      await (await openSqliteMetadata({ file })).close()
      expect(await mark()).toBe(0x62727468)
      await change('pragma application_id = 0')
      await (await openSqliteMetadata({ file, mayCreate: false })).close()
      expect(await mark()).toBe(0x62727468)
    })

    it.each([
      ['its tables', 'create table notes (id int)', 'notes'],
      ['its tables, of which one is named as one of berth’s', 'create table registries (id int)', 'registries'],
      [
        'steps of its own',
        "create table kysely_migration (name text); insert into kysely_migration values ('1')",
        'kysely',
      ],
      ['its mark', 'pragma application_id = 7; create table notes (id int)', 'notes'],
      ['its mark alone', 'pragma application_id = 7', 'application id is 7'],
    ])('is another program’s by %s, and stays as it is', async (_, script, named) => {
      await change(script)
      const before = await readFile(file)
      for (const mayCreate of [true, false]) {
        const refused = openSqliteMetadata({ file, mayCreate })
        await expect(refused).rejects.toThrow(DatabaseRefused)
        await expect(refused).rejects.toThrow(named)
      }
      expect(await readFile(file)).toEqual(before)
      expect(await readdir(folder)).toEqual(['metadata.db'])
    })

    it('is nobody’s where it is missing or empty, and is then made only where it may be', async () => {
      await expect(openSqliteMetadata({ file, mayCreate: false })).rejects.toThrow(NoRegistry)
      expect(await readdir(folder)).toEqual([])
      await writeFile(file, '')
      await expect(openSqliteMetadata({ file, mayCreate: false })).rejects.toThrow(NoRegistry)
      expect((await stat(file)).size).toBe(0)
      await (await openSqliteMetadata({ file })).close()
    })
  })
})
