import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LoopbackProxy, startProxy } from '../../../../../testing/loopback-proxy.ts'
import { startPostgres } from '../../../../../testing/postgres-server.ts'
import { isProblem } from '../../domain/problem.ts'
import { ACCOUNT, addRegistry } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { openPostgresMetadata } from './open-postgres-metadata.ts'

const primary = await startPostgres({ required: process.env['CI'] !== undefined })
const standby = await primary?.startStandby()
afterAll(() => Promise.all([primary, standby].map(server => server?.[Symbol.asyncDispose]())))

const whatOf = (error: unknown) => (isProblem(error, 'unavailable') ? error.problem.what : error)
const read = async ({ rows }: MetadataStore) => (await rows.registries.find(ACCOUNT))?.displayName
const write = (store: MetadataStore, displayName: string) =>
  store.transaction(rows => rows.registries.update(ACCOUNT, { displayName }))
const each = (count: number, work: () => Promise<unknown>) => Promise.all(Array.from({ length: count }, work))

describe.skipIf(primary === undefined)('PostgreSQL with a standby', () => {
  if (primary === undefined || standby === undefined) return
  let url: string
  let name: LoopbackProxy
  let store: MetadataStore
  /** The URL as it leads to those, one after the other. */
  const through = (...hosts: readonly { readonly port: number }[]) =>
    url.replace(/127\.0\.0\.1:\d+/, hosts.map(({ port }) => `127.0.0.1:${port}`).join(','))
  const byName = () => through({ port: Number(new URL(name.endpoint).port) })
  const open = (at: string, connectTimeoutMs = 30_000) =>
    openPostgresMetadata({ url: at, connections: 4, connectTimeoutMs })
  /** For tests that wait until it gives up. A busy machine may need as long for a connection that is there. */
  const impatient = async (at: string): Promise<MetadataStore & AsyncDisposable> => {
    const hasty = await open(at, 1_500)
    return Object.assign(hasty, { [Symbol.asyncDispose]: () => hasty.close() })
  }

  beforeEach(async () => {
    url = await primary.createDatabase()
    name = await startProxy(primary.url())
    store = await open(byName())
    await store.transaction(rows => addRegistry(rows))
    await write(store, 'first')
    await vi.waitFor(async () =>
      expect(await standby.query('select display_name from registries', through(standby))).toEqual([
        { display_name: 'first' },
      ]),
    )
  })
  afterEach(async () => {
    await store.close()
    await name[Symbol.asyncDispose]()
  })

  it('neither reads nor writes while the name leads to a reader, and says so', async () => {
    await using hasty = await impatient(byName())
    name.aim(standby.url())
    await cutOff(name)
    const refused = 'The database is a standby, and takes no writes.'
    await vi.waitFor(async () => {
      const seen = await Promise.all([read(hasty), write(hasty, 'lost')].map(each => each.catch(whatOf)))
      expect([...seen, hasty.trouble?.()]).toEqual(Array(3).fill(refused))
    })
    name.aim(primary.url())
    await vi.waitFor(() => write(hasty, 'second'))
    await vi.waitFor(async () => expect([await read(hasty), hasty.trouble?.()]).toEqual(['second', undefined]))
  })

  it('waits for a writer as long as for a connection, so that a short absence fails nobody', async () => {
    name.aim(standby.url())
    await cutOff(name)
    const waiting = Promise.all([write(store, 'second'), read(store)])
    setTimeout(() => name.aim(primary.url()), 500)
    await waiting
    expect(await read(store)).toBe('second')
  })

  it('reads nowhere else than it writes once the name has moved, also where the old node goes on', async () => {
    const other = await primary.startStandby()
    try {
      await each(4, () => Promise.all([read(store), write(store, 'everywhere')]))
      await other.promote()
      name.aim(other.url())
      // One connection breaks, as any may: the next is to the new node.
      const [{ pid } = {}] = await primary.query(
        "select pid from pg_stat_activity where application_name = 'berth' order by backend_start desc limit 1",
      )
      await primary.query(`select pg_terminate_backend(${pid})`)
      await vi.waitFor(async () => {
        await write(store, 'at the new node')
        expect(await other.query('select display_name from registries', through(other))).toEqual([
          { display_name: 'at the new node' },
        ])
      })
      for (const seen of await each(20, () => read(store))) expect(seen).toBe('at the new node')
      // The name leads back again: whatever it says counts.
      name.aim(primary.url())
      await other.stop('immediate')
      await write(store, 'back')
      for (const seen of await each(20, () => read(store))) expect(seen).toBe('back')
    } finally {
      await other[Symbol.asyncDispose]()
    }
  })

  it('leaves a node that has become read-only, within seconds', async () => {
    await using hasty = await impatient(byName())
    await primary.query("alter system set default_transaction_read_only = 'on'")
    await primary.query('select pg_reload_conf()')
    try {
      const refused = 'The database is read-only (default_transaction_read_only).'
      await vi.waitFor(async () => {
        const seen = await Promise.all([read(hasty), write(hasty, 'lost')].map(each => each.catch(whatOf)))
        expect(seen).toEqual([refused, refused])
      })
    } finally {
      await primary.query('alter system reset default_transaction_read_only')
      await primary.query('select pg_reload_conf()')
    }
    await vi.waitFor(() => write(hasty, 'second'))
    await vi.waitFor(async () => expect(await read(hasty)).toBe('second'))
  })

  it('fails what is under way when the writer goes, and nothing twice', async () => {
    const failed = store.transaction(async rows => {
      await rows.registries.update(ACCOUNT, { displayName: 'half' })
      name.aim(standby.url())
      await cutOff(name)
      await rows.registries.update(ACCOUNT, { displayName: 'whole' })
    })
    expect(await failed.catch(whatOf)).toBe('The database could not be reached.')
    name.aim(primary.url())
    expect(await read(store)).toBe('first')
  })

  it.each(['', '?target_session_attrs=read-write', '?target_session_attrs=any'])(
    'finds the writer among several hosts%s, whichever comes first',
    async attributes => {
      for (const hosts of [
        [standby, primary],
        [primary, standby],
        [{ port: 1 }, standby, primary],
      ]) {
        const found = await open(`${through(...hosts)}${attributes}`)
        await write(found, `at ${hosts.length}`)
        expect(await read(found)).toBe(`at ${hosts.length}`)
        await found.close()
      }
    },
  )

  it('is not opened where there is no writer, and says of each host why', async () => {
    const [alone, both] = [through(standby), through({ port: 1 }, standby)]
    const said = async (at: string) => whatOf(await impatient(at).catch(error => error))
    await vi.waitFor(async () => expect(await said(alone)).toMatch(/: it is a standby, and takes no writes\. Give/))
    await vi.waitFor(async () =>
      expect(await said(both)).toMatch(
        /127\.0\.0\.1:1: (?:nobody listens|it does not answer).*; 127\.0\.0\.1:\d+: it is a standby/,
      ),
    )
  })
})

/** Ends what is open, as the end of a server does. */
async function cutOff(name: LoopbackProxy): Promise<void> {
  name.cut()
  await name.idle()
}
