import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Kysely, sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres } from '../../../../../testing/postgres-server.ts'
import { loadConfig } from '../../config/load-config.ts'
import { isProblem } from '../../domain/problem.ts'
import { ACCOUNT, ALIAS, addRegistry, NAME, tag } from '../../ports/metadata-contract/testing/fixtures.ts'
import { accountUsageContract, metadataStoreContract } from '../../ports/metadata-store.contract.ts'
import { diskFull } from '../../runtime/disk/fs-errors.ts'
import { init } from '../../serve/init.ts'
import type { Schema } from '../metadata-sql/schema.ts'
import { sqlRows } from '../metadata-sql/sql-rows.ts'
import { openPostgresMetadata } from './open-postgres-metadata.ts'
import { parsePostgresUrl } from './parse-postgres-url.ts'
import { postgresDialect, postgresEngine } from './postgres-dialect.ts'
import { ReadDriver } from './postgres-drivers.ts'
import { PostgresWriter } from './postgres-writer.ts'
import { RESERVE_TABLES } from './reserve-tables.ts'
import { SessionPool } from './session-pool.ts'

const server = await startPostgres({ required: process.env['CI'] !== undefined })
const url = (await server?.createDatabase()) ?? ''
afterAll(() => server?.[Symbol.asyncDispose]())

/** The tables of which rows were read in passing, on the way through the whole of them. */
const readWhole = () =>
  server?.query("select relname from pg_stat_user_tables where seq_tup_read > 0 and relname not like 'kysely%'", url)

describe.skipIf(server === undefined)('PostgreSQL', () => {
  beforeAll(async () => {
    await (await openPostgresMetadata({ url })).close()
    await server?.query('select pg_stat_reset()', url)
  })

  const open = async () => {
    await server?.clear(url)
    return openPostgresMetadata({ url })
  }
  metadataStoreContract('postgres', open)

  it('has read every table by an index, but for the few signing keys', async () => {
    expect(await readWhole()).toEqual([{ relname: 'signing_keys' }])
  })

  accountUsageContract('postgres', open)

  it('finds nothing by a text that PostgreSQL cannot hold', async () => {
    await server?.clear(url)
    const store = await openPostgresMetadata({ url })
    await store.transaction(async rows => {
      await addRegistry(rows)
      await rows.registries.update(ACCOUNT, { displayName: 'A\0B' })
    })
    expect(await store.rows.accessKeys.principal('AK\0')).toBeUndefined()
    expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ displayName: 'A\uFFFDB' })
    await store.close()
  })

  it('prepares the look-ups of a pull once a connection', async () => {
    const { hosts } = parsePostgresUrl(url)
    const writer = new PostgresWriter({ Client, hosts, config: {}, timeoutMs: 5_000 })
    const pool = new SessionPool({ writer, size: 1, waitMs: 5_000, settings: 'set jit = off' })
    const db = new Kysely<Schema>({ dialect: postgresDialect(new ReadDriver(pool, { settings: '', writer })) })
    const { images, registries } = sqlRows(db, postgresEngine)
    for (const name of ['v1', 'v2']) await images.resolve(ALIAS, NAME, { tag: tag(name) })
    for (const limit of [1, 2]) await registries.list({ limit })
    const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db)
    expect(rows).toEqual([{ statement: expect.stringContaining('from "aliases"') }])
    await pool.end()
  })

  it('gives room up, a table at a time, to what finds none, refuses what adds rows, and takes it back', async () => {
    const store = await open()
    const kept = () =>
      server?.query(`select relname as name from pg_class where relname like 'disk_reserve%' order by 1`, url)
    const whole = RESERVE_TABLES.map(name => ({ name }))
    await store.keepRoom?.()
    expect([await kept(), store.isFull?.()]).toEqual([whole, false])
    await store.disk?.take(1)

    let tries = 0
    const deletion = store.transaction(async () => {
      tries += 1
      if (tries < 3) throw diskFull('the database')
    })
    await deletion
    expect([await kept(), store.isFull?.()]).toEqual([whole.slice(2), true])
    await expect(store.disk?.take(1)).rejects.toThrow('storageFull')
    const always = store.transaction(async () => {
      throw diskFull('the database')
    })
    await expect(always).rejects.toThrow('storageFull')
    expect(await kept()).toEqual([])

    await store.keepRoom?.()
    expect([await kept(), store.isFull?.()]).toEqual([whole, false])
    await store.disk?.take(1)
    await store.close()
    await server?.query(`drop table ${RESERVE_TABLES.join(', ')}`, url)
  })

  describe('openPostgresMetadata', () => {
    it('makes the tables once where several servers start at once', async () => {
      const fresh = (await server?.createDatabase()) ?? ''
      const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgresMetadata({ url: fresh })))
      await stores[0]?.transaction(rows => addRegistry(rows))
      for (const store of stores) {
        expect(await store.rows.registries.find(ACCOUNT)).toBeDefined()
        await store.close()
      }
    })

    it('refuses a database that a newer berth has been at', async () => {
      const fresh = (await server?.createDatabase()) ?? ''
      await (await openPostgresMetadata({ url: fresh })).close()
      await server?.query("insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')", fresh)
      await expect(openPostgresMetadata({ url: fresh })).rejects.toThrow(/newer berth.*9999-later/)
    })

    it('makes nothing where it may not, and leaves tables of another program alone', async () => {
      const fresh = (await server?.createDatabase()) ?? ''
      const tables = () =>
        server?.query("select relname from pg_class where relnamespace = 'public'::regnamespace", fresh)
      const refused = openPostgresMetadata({ url: fresh, mayCreate: false })
      await expect(refused).rejects.toThrow(/^There is no registry in postgres:\/\/127\.0\.0\.1:\d+\/\w+, /)
      expect(await tables()).toEqual([])
      await server?.query('create table users (id int)', fresh)
      await expect(openPostgresMetadata({ url: fresh })).rejects.toThrow(/has tables of another program \(users\)/)
      expect(await tables()).toEqual([{ relname: 'users' }])
      await (await openPostgresMetadata({ url, mayCreate: false })).close()
    })

    it('takes back the tables that a start made and did not come to use, and none that was there', async () => {
      const fresh = (await server?.createDatabase()) ?? ''
      const tables = () =>
        server?.query("select relname from pg_class where relnamespace = 'public'::regnamespace", fresh)
      const refused = openPostgresMetadata({
        url: fresh,
        beforeMaking: async () => {
          throw new Error('there is no bucket')
        },
      })
      await expect(refused).rejects.toThrow(/^there is no bucket$/)
      expect(await tables()).toEqual([])

      await server?.query('create type place as (x int); create view notes as select 1', fresh)
      const [first, second] = await Promise.all([
        openPostgresMetadata({ url: fresh }),
        openPostgresMetadata({ url: fresh }),
      ])
      await first.takeBack?.()
      await first.takeBack?.()
      expect(await tables()).toEqual([{ relname: 'place' }, { relname: 'notes' }])
      const functions = `select proname from pg_proc where pronamespace = 'public'::regnamespace and not exists (
        select from pg_depend where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e')`
      expect(await server?.query(functions, fresh)).toEqual([])
      await expect(second.transaction(rows => addRegistry(rows))).rejects.toThrow(/does not exist/)

      const third = await openPostgresMetadata({ url: fresh })
      const fourth = await openPostgresMetadata({ url: fresh })
      expect(fourth.takeBack).toBeUndefined()
      await fourth.transaction(rows => addRegistry(rows))
      await third.takeBack?.()
      expect(await fourth.rows.registries.find(ACCOUNT)).toBeDefined()
      for (const store of [first, second, third, fourth]) await store.close()
    })

    it('leaves none of its tables where a step fails', async () => {
      const fresh = (await server?.createDatabase()) ?? ''
      await server?.query('create domain tags as text', fresh)
      const error: unknown = await openPostgresMetadata({ url: fresh }).catch(reason => reason)
      expect(isProblem(error, 'unavailable') && error.problem.what).toContain('tags')
      expect(await server?.query("select tablename from pg_tables where schemaname = 'public'", fresh)).toEqual([])
    })

    it('gives the first key to one of those that make a registry at once', async () => {
      const fresh = (await server?.createDatabase()) ?? ''
      const folder = await mkdtemp(join(tmpdir(), 'berth-init-'))
      const printed = await Promise.all(
        ['a', 'b', 'c'].map(async name => {
          const out = { stdout: '', stderr: '' }
          const to = (stream: 'stdout' | 'stderr') =>
            new Writable({
              write(chunk, _, done) {
                out[stream] += String(chunk)
                done()
              },
            })
          const argv = ['--database', fresh, '--data-dir', join(folder, name), '--secret-key', 'f'.repeat(64)]
          const output = { stdout: to('stdout'), stderr: to('stderr') }
          await init(loadConfig({ argv, env: {} }), { principal: 'operator', via: 'admin' }, output)
          return out
        }),
      )
      const keys = printed.filter(({ stdout }) => stdout !== '')
      expect(keys).toHaveLength(1)
      const { accessKeyId } = JSON.parse(keys[0]?.stdout ?? '')
      expect(await server?.query('select access_key_id from access_keys', fresh)).toEqual([
        { access_key_id: accessKeyId },
      ])
      expect(printed.filter(({ stderr }) => stderr.includes('already; nothing was changed'))).toHaveLength(2)
      expect(await readdir(folder)).toHaveLength(1)
      await rm(folder, { recursive: true })
    })

    it('refuses a database whose text is not UTF-8', async () => {
      const ascii = (await server?.createDatabase("encoding 'SQL_ASCII' locale 'C'")) ?? ''
      await expect(openPostgresMetadata({ url: ascii })).rejects.toThrow(/^The encoding of .* is SQL_ASCII/)
    })

    it('reads numbers as numbers, and leaves the parsers of the process alone', async () => {
      await server?.clear(url)
      const store = await openPostgresMetadata({ url })
      await store.transaction(rows => addRegistry(rows))
      expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ createdAt: 1 })
      expect(await server?.query('select 1::bigint as one')).toEqual([{ one: '1' }])
      await store.close()
    })
  })
})
