import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { CompiledQuery } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { ACCOUNT, addRegistry } from '../../ports/metadata-contract/testing/fixtures.ts'
import { metadataStoreContract } from '../../ports/metadata-store.contract.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { openDatabase } from './load-sqlite.ts'
import { openSqliteMetadata } from './open-sqlite-metadata.ts'
import { serveConnection } from './serve-connection.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { type Call, type Thread, ThreadConnection } from './thread-connection.ts'
import type { WriteThreadTask } from './write-thread.ts'

/** What the real thread does, at the other end of a channel: messages are copied and come in turns of their own. */
function startOnChannel({ file, setUp }: WriteThreadTask): Thread & { die(): void } {
  const { port1, port2 } = new MessageChannel()
  const events = new EventEmitter()
  port1.on('message', answer => events.emit('message', answer))
  const opened = openDatabase(file).then(database => {
    const connection = new SqliteConnection(database)
    connection.exec(setUp)
    serveConnection(port2, connection, () => {
      database.close()
      port2.close()
    })
    return database
  })
  port1.on('close', () => events.emit('exit', 0))
  return {
    postMessage: (message: unknown) => port1.postMessage(message),
    on(event: string, listener: (...values: never[]) => void) {
      events.on(event, listener as (...values: unknown[]) => void)
      return this as never
    },
    ref: () => port1.ref(),
    unref: () => port1.unref(),
    die: () =>
      void opened.then(database => {
        database.close()
        port1.close()
      }),
  }
}

/** A store all of whose transactions are large. */
async function openLarge(): Promise<MetadataStore> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-thread-'))
  const store = await openSqliteMetadata({ file: join(folder, 'metadata.db'), startWriteThread: startOnChannel })
  return {
    rows: store.rows,
    isShared: false,
    transaction: (work, options) => store.transaction(work, { ...options, isLarge: true }),
    transactionOfMove: work => store.transactionOfMove(work),
    snapshot: work => store.snapshot(work),
    async close() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

metadataStoreContract('sqlite, large transactions', openLarge)

describe('the thread of large transactions', () => {
  let folder: string
  let file: string
  let started: ReturnType<typeof startOnChannel>[]
  const startWriteThread = (task: WriteThreadTask) => {
    const thread = startOnChannel(task)
    started.push(thread)
    return thread
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-thread-'))
    file = join(folder, 'metadata.db')
    started = []
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is started by the first of them, and serves the next', async () => {
    const store = await openSqliteMetadata({ file, startWriteThread })
    await store.transaction(rows => addRegistry(rows))
    expect(started).toHaveLength(0)
    for (const displayName of ['one', 'two'])
      await store.transaction(rows => rows.registries.update(ACCOUNT, { displayName }), { isLarge: true })
    expect(started).toHaveLength(1)
    expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ displayName: 'two' })
    await store.close()
  })

  it('lets turns pass while it works, and other writers wait for it in their order', async () => {
    const store = await openSqliteMetadata({ file, startWriteThread })
    await store.transaction(rows => addRegistry(rows))
    await store.transaction(async () => {}, { isLarge: true }) // starts the thread
    const steps: string[] = []
    const large = store.transaction(
      async rows => {
        for (let i = 0; i < 20; i += 1) await rows.registries.update(ACCOUNT, { displayName: `large ${i}` })
        steps.push('large')
      },
      { isLarge: true },
    )
    const small = store.transaction(async rows => {
      expect(await rows.registries.find(ACCOUNT)).toMatchObject({ displayName: 'large 19' })
      steps.push('small')
    })
    let turns = 0
    let counting = setImmediate(function count() {
      turns += 1
      counting = setImmediate(count)
    })
    await Promise.all([large, small])
    clearImmediate(counting)
    expect(steps).toEqual(['large', 'small'])
    expect(turns).toBeGreaterThan(0)
    await store.close()
  })

  it('may die: its transaction is undone and says so, and the next one has another', async () => {
    const store = await openSqliteMetadata({ file, startWriteThread })
    await store.transaction(rows => addRegistry(rows))
    const interrupted = store.transaction(
      async rows => {
        await rows.registries.update(ACCOUNT, { displayName: 'half done' })
        started[0]?.die()
        await delay(20)
        await rows.registries.update(ACCOUNT, { displayName: 'done' })
      },
      { isLarge: true },
    )
    await expect(interrupted).rejects.toThrow()
    expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ displayName: undefined })
    await store.transaction(rows => rows.registries.update(ACCOUNT, { displayName: 'later' }), { isLarge: true })
    expect(started).toHaveLength(2)
    expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ displayName: 'later' })
    await store.close()
  })

  it('keeps nobody from writing while it starts, and what waits for it comes before the end', async () => {
    let start = () => {}
    const open = new Promise<void>(resolve => {
      start = resolve
    })
    const store = await openSqliteMetadata({
      file,
      startWriteThread(task) {
        const thread = startWriteThread(task)
        return { ...thread, postMessage: call => void open.then(() => thread.postMessage(call)) }
      },
    })
    await store.transaction(rows => addRegistry(rows))
    const write = (displayName: string, isLarge: boolean) =>
      store.transaction(rows => rows.registries.update(ACCOUNT, { displayName }), { isLarge })
    const large = write('large', true)
    await write('short', false)
    expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ displayName: 'short' })
    const closed = store.close()
    start()
    await large
    await closed
  })

  it('moves the log into the database when others may write again', async () => {
    const heard: string[] = []
    let move = () => {}
    const store = await openSqliteMetadata({
      file,
      startWriteThread(task) {
        const thread = startWriteThread(task)
        const postMessage = (call: Call | 'end') => {
          const isMove = call !== 'end' && 'script' in call && call.script.includes('checkpoint')
          if (!isMove) return thread.postMessage(call)
          heard.push('moves')
          move = () => thread.postMessage(call)
        }
        return { ...thread, postMessage }
      },
    })
    await store.transaction(rows => addRegistry(rows), { isLarge: true })
    await store.transaction(rows => rows.registries.update(ACCOUNT, { displayName: 'short' }))
    heard.push('short')
    move()
    await store.close()
    expect(heard.slice(0, 2)).toEqual(['moves', 'short'])
  })

  it('ends when it has had nothing to do for a while', async () => {
    const connection = new ThreadConnection({ start: () => startWriteThread({ file, setUp: 'select 1' }), idleMs: 5 })
    await connection.exec('begin; create table t (k integer); commit')
    await delay(50)
    const read = () => connection.executeQuery(CompiledQuery.raw('select * from t'))
    await expect(read()).rejects.toSatisfy(error => isProblem(error, 'unavailable'))
    await connection.exec('begin')
    await read()
    await connection.exec('commit')
    expect(started).toHaveLength(2)
    await connection.end()
  })

  it('keeps the program alive until it has ended, though an answer comes when it was told to end', async () => {
    const heard: string[] = []
    const connection = new ThreadConnection({
      start: () => {
        const thread = startWriteThread({ file, setUp: 'select 1' })
        const noted = (name: 'ref' | 'unref') => () => {
          heard.push(name)
          thread[name]()
        }
        return Object.assign(Object.create(thread) as typeof thread, { ref: noted('ref'), unref: noted('unref') })
      },
      idleMs: 5_000,
    })
    const moving = connection.checkpoint()
    await connection.end()
    await moving
    expect(heard.at(-1)).toBe('ref')
  })

  it('says what SQLite says', async () => {
    const connection = new ThreadConnection({
      start: () => startWriteThread({ file, setUp: 'select 1' }),
      idleMs: 5_000,
    })
    await connection.exec('begin; create table t (v text unique); commit')
    const run = (sql: string, parameters: unknown[] = []) => connection.executeQuery(CompiledQuery.raw(sql, parameters))
    await run('insert into t (v) values (?)', ['same'])
    await expect(run('insert into t (v) values (?)', ['same'])).rejects.toThrow('UNIQUE')
    await connection.exec('pragma max_page_count = 3')
    const full = (error: unknown) => isProblem(error, 'storageFull')
    await expect(run('insert into t (v) values (?)', ['x'.repeat(100_000)])).rejects.toSatisfy(full)
    expect((await run('select v from t')).rows).toEqual([{ v: 'same' }])
    await connection.end()
  })
})
