import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { describeWithSwift } from '../../testing/describe-with.ts'
import { inFull } from '../../testing/in-full.ts'
import { CRASH_REPOSITORY, check, newLedger, work } from '../faults/ledger.ts'
import { startBackup } from '../faults/start-backup.ts'
import { OciClient } from '../oci/client.ts'
import { Repository } from '../oci/repository.ts'
import { randomNumbers } from '../support/random.ts'
import { BERTHD, startRegistry } from '../support/registry.ts'
import { run, succeed } from '../support/run.ts'
import { makeScratch } from '../support/scratch.ts'
import { createDatabase, storageEnvironment } from '../support/shared-storage.ts'
import { Load } from './load.ts'
import { type Release, unpackRelease } from './release.ts'
import { type BreakableStorage, startStorage } from './storage.ts'

/** Two kills and a restart of the database, once or three times. */
const ROUNDS = inFull(3, 9)
const WORKERS = 4
/** The last commit before tags had an order: six steps of the tables and more lie between. */
const OLDER = '28efbdf'
/** A commit with the steps of the tables that there are now. A new step needs a new one, or none until the next. */
const ALIKE = '62a2f22'
/** Clients that push while replicas are upgraded, beside one that pulls and deletes. */
const UPGRADING = inFull(1, 4)
/** Collectors at work all the time, on what was deleted half a minute ago. */
const HURRIED = ['--bin-days', '0', '--collect-seconds', '1', '--blob-lease-minutes', '0.5']
const SEED = 20_261_124
/**
 * What a client sees of a replica or a database that goes away; 409, until a turn is over that could not be given back.
 */
const LOST = /ECONNRESET|EPIPE|socket hang up|other side closed|terminated|expected (409|503) to be|ServiceUnavailable/

describeWithSwift('replicas under load', () => {
  let storage: BreakableStorage
  beforeAll(async () => {
    storage = await startStorage()
  })
  afterAll(() => storage?.[Symbol.asyncDispose]())

  it('keep what was acknowledged when they or the database are killed, and leave the rest whole or absent', async () => {
    const random = randomNumbers(SEED)
    await using client = new OciClient(await startRegistry({ storage: storage.shared, args: HURRIED }))
    const { registry } = client
    const { deployment } = registry
    await registry.control('CreateRepository', { repositoryName: CRASH_REPOSITORY })
    const repository = new Repository(client, `${registry.alias}/${CRASH_REPOSITORY}`)
    const ledgers = Array.from({ length: WORKERS }, newLedger)
    const acknowledged = () => ledgers.reduce((sum, { live, gone }) => sum + live.size + gone.size, 0)
    let lost = 0
    const deleted = () => ledgers.some(({ gone }) => gone.size > 0)
    const isPoor = () => lost === 0 || !deleted()
    // A kill that met no request proves little, and so does one before the first delete: then there are more of them.
    for (let round = 0; round < ROUNDS || (isPoor() && round < 4 * ROUNDS); round += 1) {
      const stopping = new AbortController()
      const workers = ledgers.map((ledger, index) =>
        work(repository, ledger, `worker-${index}/${round}`, random, stopping.signal),
      )
      let isOver = false
      const ended = Promise.allSettled(workers).finally(() => {
        isOver = true
      })
      const before = acknowledged()
      await vi.waitUntil(() => isOver || acknowledged() >= before + WORKERS)
      await delay(random() * 1_500)
      if (round % 3 === 2) {
        await storage.postgres.stop('immediate')
        await storage.postgres.resume()
      } else {
        await deployment.killOne(round % 2)
        // The other one goes on alone.
        await delay(500)
      }
      stopping.abort()
      for (const outcome of await ended)
        if (outcome.status === 'rejected') {
          lost += 1
          expect(`${outcome.reason} ${outcome.reason.cause}`).toMatch(LOST)
        }
      if (round % 3 !== 2) await deployment.startOne(round % 2)
      await Promise.all(ledgers.map((ledger, index) => check(repository, ledger, `worker-${index}`)))
    }
    // The test is worth something only if there was something to lose, and work that was cut off.
    expect(lost).toBeGreaterThan(0)
    expect(ledgers.reduce((sum, { live }) => sum + live.size, 0)).toBeGreaterThan(0)
    expect(deleted()).toBe(true)

    // Whatever died in its housekeeping, the others go on with it.
    const lastPass = async () => Date.parse((await registry.admin('gc', 'status')).lastPass.startedAt)
    const end = Date.now()
    await vi.waitUntil(async () => (await lastPass()) > end, { interval: 500 })

    expect(await registry.admin('gc', '--now')).toMatchObject({ failures: 0 })
    // `verify` ends with 1 where anything does not fit together, bytes that nothing names among it.
    expect(await registry.admin('verify')).toBeDefined()
  })

  it('are backed up while clients push and delete and the backup is killed, and restored to other stores', async () => {
    await using client = new OciClient(await startRegistry({ storage: storage.shared }))
    const { registry } = client
    await registry.control('CreateRepository', { repositoryName: CRASH_REPOSITORY })
    await using scratch = await makeScratch()
    const berthd = (env: Readonly<Record<string, string>>, ...args: string[]) =>
      run(process.execPath, [BERTHD, ...args, '--data-dir', scratch.path('data')], { env })
    const { env } = registry.deployment
    {
      const repository = new Repository(client, `${registry.alias}/${CRASH_REPOSITORY}`)
      await using load = new Load(repository, UPGRADING)
      await load.goesOn()
      const { child, ended } = await startBackup(
        [scratch.path('backup'), '--data-dir', scratch.path('data')],
        'rows',
        env,
      )
      child.kill('SIGKILL')
      await ended
      const made = await berthd(env, 'backup', scratch.path('backup'))
      expect(made, made.stderr).toMatchObject({ exitCode: 0 })
      await load.end()
    }
    const elsewhere = {
      ...env,
      ...storageEnvironment(storage.shared, {
        databaseUrl: await createDatabase(storage.shared),
        prefix: randomUUID(),
      }),
    }
    const restored = await berthd(elsewhere, 'restore', scratch.path('backup'))
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(restored.stdout)).toMatchObject({ state: 'restored', faults: 0 })
    const verified = await berthd(elsewhere, 'admin', 'verify')
    expect(verified, verified.stderr).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(verified.stdout)).toMatchObject({ faults: {}, left: 0, damagedBlobs: 0 })
  })

  describe('that are upgraded one after the other', () => {
    let older: Release
    let alike: Release
    beforeAll(async () => {
      older = await unpackRelease(OLDER)
      alike = await unpackRelease(ALIKE)
    })
    afterAll(() => Promise.all([older, alike].map(release => release?.[Symbol.asyncDispose]())))

    const refusedBy = ({ program }: Release, args: readonly string[], env = {}) =>
      run(process.execPath, [program, 'serve', '--port', '0', ...args], { env })
    const REFUSED = {
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^\S+ was brought up to date by a newer berth .* Run that release, or a newer one\.\n$/,
      ),
    }

    it('lose no request, nor on the way back to a release with the same tables; an older one says why it does not serve', async () => {
      const { program } = older
      await using client = new OciClient(await startRegistry({ storage: storage.shared, program }))
      const { registry } = client
      await registry.control('CreateRepository', { repositoryName: CRASH_REPOSITORY })
      {
        const repository = new Repository(client, `${registry.alias}/${CRASH_REPOSITORY}`)
        await using load = new Load(repository, UPGRADING)
        for (let round = 0; round < inFull(1, 4); round += 1) await load.goesOn()
        for (const index of [0, 1]) {
          await registry.deployment.replaceOne(index)
          for (let round = 0; round < inFull(1, 4); round += 1) await load.goesOn()
        }
        for (const program of inFull([alike.program], [alike.program, undefined]))
          for (const index of [0, 1]) {
            await registry.deployment.replaceOne(index, program)
            await load.goesOn()
          }
        await load.end()
      }
      expect(await registry.admin('verify')).toMatchObject({ faults: {}, left: 0 })
      await using scratch = await makeScratch()
      expect(await refusedBy(older, ['--data-dir', scratch.path('data')], registry.deployment.env)).toEqual(REFUSED)
    })

    it('say the same of files', async () => {
      await using scratch = await makeScratch()
      const dataDir = ['--data-dir', scratch.path('data')]
      await succeed(process.execPath, [BERTHD, 'init', ...dataDir])
      expect(await refusedBy(older, dataDir)).toEqual(REFUSED)
    })
  })
})
