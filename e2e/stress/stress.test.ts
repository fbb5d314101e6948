import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inFull } from '../../testing/in-full.ts'
import { runAdmin } from '../support/admin.ts'
import { randomNumbers } from '../support/random.ts'
import { startRegistry } from '../support/registry.ts'
import { expectWholeStorage } from '../support/stores.ts'
import { Client, isRestorable } from './client.ts'
import { isLive, listBin, type Place } from './custody.ts'
import { Host } from './host.ts'
import { Journal } from './journal.ts'
import { sharedLayers } from './unit.ts'

/** The short form, for CI; `npm run stress` sets others. */
const KILLS = Number(process.env['STRESS_KILLS'] ?? inFull(4, 40))
const SEED = Number(process.env['STRESS_SEED'] ?? 20_261_124)
const CLIENTS = 6
const LEASE_MS = 4_000
const ALIVE_MS = { least: 100, most: 3_500 }
const PAUSE_MS = 200
const REPOSITORIES = [
  { name: 'stress/one', hasBin: true },
  { name: 'stress/two', hasBin: true },
  { name: 'stress/no-bin', hasBin: false },
]
const SETTINGS = ['--blob-lease-minutes', `${LEASE_MS / 60_000}`, '--collect-seconds', '0.1', '--log-level', 'info']

test(
  `what was acknowledged outlives ${KILLS} kills, and nothing else stays (seed ${SEED})`,
  async () => {
    const journal = new Journal()
    await using registry = await startRegistry({ args: SETTINGS })
    const host = new Host(registry, journal)
    for (const { name, hasBin } of REPOSITORIES) {
      await registry.control('CreateRepository', { repositoryName: name })
      if (!hasBin)
        await registry.control('Berth_V1.PutRepositorySettings', { repositoryName: name, settings: { binDays: 0 } })
    }
    const layers = sharedLayers(SEED)
    const clients = Array.from(
      { length: CLIENTS },
      (_, at) =>
        new Client({
          ...{ host, journal, layers, leaseMs: LEASE_MS, repositories: REPOSITORIES },
          name: `client-${at}`,
          random: randomNumbers(SEED + 1 + at),
        }),
    )
    try {
      await run(host, clients)
      await finish(host, clients)
    } catch (error) {
      throw new Error(`seed ${SEED}: ${(error as Error).message}\n${journal.lastLines()}\n${journal.summary()}`, {
        cause: error,
      })
    }
    console.log(`seed: ${SEED}\n${journal.summary()}`)
    expect(journal.get('blobs collected while serving')).toBeGreaterThan(0)
  },
  (KILLS * 10 + 120) * 1000,
)

/** All clients at work until the server has been killed often enough, or something is wrong. */
async function run(host: Host, clients: readonly Client[]): Promise<void> {
  const random = randomNumbers(SEED)
  const enough = new AbortController()
  const kill = async () => {
    for (let count = 0; count < KILLS && !enough.signal.aborted; count += 1) {
      await delay(ALIVE_MS.least + random() * (ALIVE_MS.most - ALIVE_MS.least))
      await host.kill(random() * PAUSE_MS)
      if ((count + 1) % 20 === 0) console.log(`${count + 1} kills`)
    }
  }
  const others = (client: Client) => clients.filter(other => other !== client)
  const work = clients.map(client => client.run(others(client), enough.signal))
  // The first that fails ends the work of all.
  const ended = await Promise.allSettled([
    kill().finally(() => enough.abort()),
    ...work.map(each =>
      each.catch(error => {
        enough.abort()
        throw error
      }),
    ),
  ])
  for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason
}

/** What holds when all is quiet: acknowledgements, then what the bin kept, then, with the bin empty, every byte. */
async function finish(host: Host, clients: readonly Client[]): Promise<void> {
  const { registry } = host
  const everywhere = async (work: (client: Client, place: Place) => Promise<void>) => {
    for (const client of clients) for (const place of client.places) await work(client, place)
  }
  const liveUnits = (place: Place) => place.units.filter(unit => isLive(place, unit))
  const checkAll = () =>
    everywhere(async (client, place) => {
      await client.custody.check(place)
      for (const unit of liveUnits(place)) await client.pull(place, unit)
    })
  await checkAll()
  await expectNothingElse(host, clients)
  await everywhere(async (client, place) => {
    for (const unit of place.units) if (isRestorable(place, unit)) await client.restore(place, unit)
  })
  await checkAll()

  await everywhere((client, place) => client.delete(place, liveUnits(place).slice(0, 2)))
  for (const { name } of REPOSITORIES)
    await registry.control('Berth_V1.PurgeDeletedImages', { repositoryName: name, all: true })
  await everywhere(async (client, place) => {
    place.state = { ...place.state, bin: [] }
    client.custody.forget(
      place,
      place.units.filter(unit => !isLive(place, unit)),
    )
  })
  await checkAll()
  await expectNothingElse(host, clients)
  await delay(LEASE_MS)
  await registry.stop()
  host.countPasses()
  await registry.restart()
  expect(await runAdmin(registry, 'gc', '--now')).toMatchObject({ exitCode: 0 })
  expect(await runAdmin(registry, 'verify')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('; 0 faults, 0 left'),
  })
  await expectWholeStorage(registry)
  const needed = new Set<string>()
  await everywhere(async (_, place) => {
    for (const { blobs } of liveUnits(place)) for (const { digest } of blobs) needed.add(digest)
  })
  const stored = await registry.stores.query<{ digest: string }>('select digest from blobs')
  expect(stored.map(({ digest }) => digest).sort()).toEqual([...needed].sort())
  expect(await registry.stores.query('select * from removals')).toEqual([])
}

/** The repositories and their bins hold what the clients know of, and nothing else. */
async function expectNothingElse(host: Host, clients: readonly Client[]): Promise<void> {
  for (const { name } of REPOSITORIES) {
    const states = clients.flatMap(({ places }) =>
      places.filter(place => place.name === name).map(({ state }) => state),
    )
    const found: string[] = []
    for (let nextToken: string | undefined; ; ) {
      const input = { repositoryName: name, maxResults: 1000, nextToken }
      const page = await host.registry.control('DescribeImages', input)
      found.push(...page.imageDetails.map((image: { imageDigest: string }) => image.imageDigest))
      nextToken = page.nextToken
      if (nextToken === undefined) break
    }
    expect(found.sort()).toEqual(states.flatMap(({ live }) => [...live]).sort())
    const bin = (await listBin(host, name)).map(({ digest }) => digest)
    expect(bin.sort()).toEqual(states.flatMap(state => state.bin.map(({ digest }) => digest)).sort())
  }
}
