import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startPostgres } from '../../../../../testing/postgres-server.ts'
import { isProblem } from '../../domain/problem.ts'
import { ACCOUNT, addRegistry } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { openPostgresMetadata } from './open-postgres-metadata.ts'

const server = await startPostgres({ required: process.env['CI'] !== undefined })
afterAll(() => server?.[Symbol.asyncDispose]())

const unavailable = (error: unknown) => isProblem(error, 'unavailable') && error.problem.retryAfterSeconds > 0
const read = ({ rows }: MetadataStore) => rows.registries.find(ACCOUNT)
const write = (store: MetadataStore, displayName = 'Acme') =>
  store.transaction(rows => rows.registries.update(ACCOUNT, { displayName }))
/** Waits until it serves reads and writes again: a busy machine may need longer than one of them has. */
const isWell = (store: MetadataStore, displayName = 'Acme') =>
  vi.waitFor(async () => {
    await write(store, displayName)
    expect(await read(store)).toMatchObject({ displayName })
  })

describe.skipIf(server === undefined)('PostgreSQL that comes and goes', () => {
  let url: string
  let store: MetadataStore
  beforeEach(async () => {
    url = (await server?.createDatabase()) ?? ''
    const patient = await openPostgresMetadata({ url })
    await patient.transaction(rows => addRegistry(rows))
    await patient.close()
    store = await openPostgresMetadata({
      ...{ url, isUpToDate: true, connections: 3 },
      ...{ connectTimeoutMs: 1_000, statementTimeoutMs: 1_000 },
    })
  })
  afterEach(() => store.close())

  it.each(['fast', 'immediate'] as const)(
    'is unavailable while it is stopped (%s), and well again after it',
    async how => {
      await isWell(store, 'before')
      await server?.stop(how)
      await expect(read(store)).rejects.toSatisfy(unavailable)
      await expect(write(store)).rejects.toSatisfy(unavailable)
      await server?.resume()
      await isWell(store)
    },
  )

  it('fails the transaction that runs while it is restarted, and keeps nothing of it', async () => {
    const failed = store.transaction(async rows => {
      await rows.registries.update(ACCOUNT, { displayName: 'half' })
      await server?.stop('immediate')
      // The connection breaks while no query is on its way.
      await delay(50)
      await server?.resume()
      await rows.registries.update(ACCOUNT, { displayName: 'whole' })
    })
    await expect(failed).rejects.toSatisfy(unavailable)
    await vi.waitFor(async () => expect(await read(store)).toMatchObject({ displayName: undefined }))
  })

  it('gives up a statement that takes too long, and goes on', async () => {
    const other = await openPostgresMetadata({ url })
    const [locked, lock] = signal()
    const [freed, free] = signal()
    const holding = other.transaction(async rows => {
      await rows.registries.update(ACCOUNT, { displayName: 'first' })
      lock()
      await freed
    })
    await locked
    await expect(write(store, 'second')).rejects.toSatisfy(unavailable)
    free()
    await holding
    await other.close()
    await isWell(store, 'third')
  })

  it('turns away who waits too long for a connection, and serves pulls meanwhile', async () => {
    // 200 ms may be short for a connection itself: what must succeed is tried until it does.
    const busy = await vi.waitFor(() => openPostgresMetadata({ url, connections: 2, connectTimeoutMs: 200 }))
    const [freed, free] = signal()
    const holding: Promise<void>[] = []
    const hold = () =>
      new Promise<void>((held, refused) => {
        const transaction = busy.transaction(async () => {
          held()
          await freed
        })
        transaction.catch(refused)
        holding.push(transaction.catch(() => {}))
      })
    for (const _ of [1, 2]) await vi.waitFor(hold)
    await expect(write(busy)).rejects.toSatisfy(unavailable)
    await vi.waitFor(async () => expect(await read(busy)).toBeDefined())
    free()
    await Promise.all(holding)
    await isWell(busy)
    await busy.close()
  })

  it('lets whoever is refused a connection wait for one of those that there are', async () => {
    await server?.query(`alter database ${new URL(url).pathname.slice(1)} connection limit 5`)
    await server?.query("create role crowd login password 'crowd'").catch(() => {})
    await server?.query('grant all on all tables in schema public to crowd', url)
    const crowd = url.replace(/\/\/[^@]*@/, '//crowd:crowd@')
    const warnings: string[] = []
    const busy = await openPostgresMetadata({
      ...{ url: crowd, isUpToDate: true, connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 },
      warn: what => warnings.push(what),
    })
    expect(warnings).toEqual([expect.stringMatching(/room for \d more connections of 5, and this server may use 24/)])
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? read(busy) : write(busy, `${n}`))),
    )
    expect(outcomes).toHaveLength(200)
    await busy.close()
  })

  it('ends a transaction that does nothing for too long', async () => {
    await expect(store.transaction(() => delay(1_500))).rejects.toSatisfy(unavailable)
    await isWell(store)
  })

  it('does not wait for an answer that never comes', async () => {
    const [proxy, freeze] = await startProxy(Number(new URL(url).port))
    const far = new URL(url)
    far.port = String(proxy)
    const lost = await openPostgresMetadata({ url: far.href, connectTimeoutMs: 1_000, statementTimeoutMs: 300 })
    await isWell(lost)
    const thaw = freeze()
    for (const work of [read, write]) await expect(work(lost)).rejects.toSatisfy(unavailable)
    thaw()
    await isWell(lost)
    await lost.close()
  })

  it('says why it cannot be opened, without the password', async () => {
    const wrong = server?.url('postgres', 'not-the-secret') ?? ''
    const others = (await server?.createDatabase()) ?? ''
    await server?.query('revoke create on schema public from public', others)
    await server?.query("create role guest login password 'not-the-secret'")
    const reasons = await Promise.all(
      [
        wrong,
        others.replace(/\/\/[^@]*@/, '//guest:not-the-secret@'),
        server?.url('nowhere') ?? '',
        url.replace(/:\d+\//, ':1/'),
        'postgres://berth:not-the-secret@[::/x',
        'mysql://berth:not-the-secret@localhost/x',
      ].map(async each => {
        const error: unknown = await openPostgresMetadata({ url: each }).catch(reason => reason)
        return isProblem(error, 'unavailable') ? error.problem.what : error
      }),
    )
    expect(reasons).toEqual([
      expect.stringMatching(
        /^The database postgres:\/\/127\.0\.0\.1:\d+\/postgres .* refuses the user or the password \(.* "berth"\)\. Mend/,
      ),
      expect.stringMatching(/the user may not do that in it \(permission denied for schema public\)\. Have/),
      expect.stringMatching(/nowhere .* it is not there \(database "nowhere" does not exist\)\. Make/),
      expect.stringMatching(/nobody listens at 127\.0\.0\.1:1\. Start/),
      expect.stringMatching(/not of the form postgres:/),
      expect.stringMatching(/does not begin with postgres:/),
    ])
    expect(reasons.join()).not.toContain('not-the-secret')
  })
})

/** A promise, and what resolves it. */
function signal(): [promise: Promise<void>, resolve: () => void] {
  let resolve = () => {}
  const promise = new Promise<void>(resolved => {
    resolve = resolved
  })
  return [promise, resolve]
}

/**
 * Passes bytes on to the server, until it is frozen: then connections are taken and nothing is answered, until it
 * thaws.
 */
async function startProxy(port: number): Promise<[port: number, freeze: () => () => void]> {
  let frozen = false
  const sockets = new Set<Socket>()
  const proxy = createServer(near => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => [near, far].map(each => each.destroy()))
    }
    near.on('data', bytes => frozen || far.write(bytes))
    far.on('data', bytes => frozen || near.write(bytes))
  })
  afterAll(() => {
    proxy.close()
    for (const socket of sockets) socket.destroy()
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const freeze = () => {
    frozen = true
    return () => {
      frozen = false
    }
  }
  return [address.port, freeze]
}
