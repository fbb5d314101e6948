// npm run bench:replicas: one embedded berthd, and one and two of them on PostgreSQL and S3, under the same load, one
// after the other. See README.md for what is measured and how to read it.

import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { load, manifests, speed } from './drive.mjs'
import { peakMib } from './process-cost.mjs'
import { figure, median, paint } from './report.mjs'
import { LIFTED, missingBerth, startBerth, startReplicas } from './servers.mjs'
import { missingStores, startStores } from './shared-stores.mjs'

const AT_ONCE = 8
const CONNECTIONS = 32
/** Enough for each replica to have two. */
const WAYS_IN = 2
/** As large as the parts that berth sends. */
const OBJECT_MIB = 8

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    'size-mib': { type: 'string', default: '128' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
const sizeMib = Number(options['size-mib'])
const seconds = Number(options.seconds)

const deployments = {
  embedded,
  'one replica': () => replicas(1),
  'two replicas': () => replicas(2),
}

const metrics = [
  { key: 'manifests', name: `manifest GET, ${CONNECTIONS} connections (requests/s)` },
  { key: 'manifestCpu', name: '  CPU of berthd (µs each)' },
  { key: 'manifestStoresCpu', name: '  CPU of the stores (µs each)' },
  { key: 'images', name: `small images pushed, ${AT_ONCE} at once (images/s)` },
  { key: 'imageCpu', name: '  CPU of berthd (ms each)' },
  { key: 'imageStoresCpu', name: '  CPU of the stores (ms each)' },
  { key: 'push1', name: 'blob push, 1 at once (MB/s)' },
  { key: 'pushAlternating', name: 'blob push, 1 at once, each request to the other replica (MB/s)' },
  { key: 'alternatingCpu', name: '  CPU of berthd (s/GB)' },
  { key: 'push8', name: `blob push, ${AT_ONCE} at once (MB/s)` },
  { key: 'pushCpu', name: '  CPU of berthd (s/GB)' },
  { key: 'pushStoresCpu', name: '  CPU of the stores (s/GB)' },
  { key: 'put1', name: `Swift alone, PUT of ${OBJECT_MIB} MiB objects, 1 at once (MB/s)` },
  { key: 'put8', name: `Swift alone, PUT of ${OBJECT_MIB} MiB objects, ${AT_ONCE} at once (MB/s)` },
  { key: 'putStoresCpu', name: '  CPU of Swift (s/GB)' },
  { key: 'peak1', name: 'peak memory of the first berthd (MiB)' },
  { key: 'peak2', name: 'peak memory of the second berthd (MiB)' },
]

const lacking = [...missingBerth(), ...missingStores()]
if (lacking.length > 0) {
  console.error(lacking.join('\n'))
  process.exit(1)
}

// An end by a signal is an exit like others, at which the servers go with their files.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))

const loadBefore = loadavg()[0]
const rounds = []
for (let round = 0; round < Number(options.rounds); round++) {
  const names = Object.keys(deployments)
  names.push(...names.splice(0, round % names.length)) // each is the first in turn
  const results = {}
  for (const name of names) {
    const deployment = await deployments[name]()
    try {
      results[name] = await measure(name, deployment)
    } finally {
      await deployment.stop()
    }
  }
  rounds.push(results)
  log(`round ${round + 1}, load average ${loadavg()[0].toFixed(1)}\n${table([results])}\n`)
}

console.log(`${sizeMib} MiB blobs, median of ${options.rounds} rounds, Node ${process.version}, berthd ${LIFTED.join(' ')}
load average ${loadBefore.toFixed(1)} before, ${loadavg()[0].toFixed(1)} at the end

${table(rounds)}`)
if (options.json) writeFileSync(options.json, JSON.stringify({ options, rounds }, null, 2))

async function embedded() {
  const server = await startBerth()
  return { servers: [server], stop: server.stop }
}

/** New stores every time: nothing is in them, and what was pushed goes with them. */
async function replicas(count) {
  const stores = await startStores()
  try {
    const servers = await startReplicas(count, stores.env)
    const stop = async () => {
      await Promise.all(servers.map(server => server.stop()))
      await stores.stop()
    }
    return { servers, stores, stop }
  } catch (error) {
    await stores.stop()
    throw error
  }
}

async function measure(name, { servers, stores }) {
  const ways = Array.from({ length: WAYS_IN }, (_, way) => servers[way % servers.length])
  const get = duration => manifests(ways, { connections: CONNECTIONS, seconds: duration })
  const pushImages = duration => load(ways, { kind: 'images', count: AT_ONCE, seconds: duration })

  log(`${name}: warming up`)
  await load(ways, { kind: 'push', count: WAYS_IN, sizeMib: 32 })
  await pushImages(seconds)
  await get(1)

  log(`${name}: manifests`)
  const got = await costing(stores, () => get(seconds))
  log(`${name}: small images`)
  const images = await costing(stores, () => pushImages(seconds))
  log(`${name}: blobs`)
  const push1 = await load(ways, { kind: 'push', count: 1, sizeMib })
  const push8 = await costing(stores, () => load(ways, { kind: 'push', count: AT_ONCE, sizeMib }))
  /** @type {Record<string, number>} */
  const results = {
    manifests: got.requests / got.seconds,
    ...costs('manifest', got, got.requests / 1e6),
    images: images.requests / images.seconds,
    ...costs('image', images, images.requests / 1e3),
    push1: speed(push1),
    push8: speed(push8),
    ...costs('push', push8, push8.bytes / 1e9),
  }
  if (servers.length > 1) {
    const alternating = await load(ways, { kind: 'push', count: 1, sizeMib, alternate: true })
    results.pushAlternating = speed(alternating)
    results.alternatingCpu = alternating.serverCpuSeconds / (alternating.bytes / 1e9)
  }
  for (const [index, { pid }] of servers.entries()) results[`peak${index + 1}`] = peakMib(pid)
  return { ...results, ...(stores && (await measureSwift(stores))) }
}

/** What Swift does with the same bytes when berth is not in between: the limit of any push. */
async function measureSwift({ s3, putPaths, cpuSeconds }) {
  log('Swift alone')
  const objects = Math.ceil(sizeMib / OBJECT_MIB)
  const put = async count => {
    const paths = await Promise.all(Array.from({ length: count }, () => putPaths(objects)))
    return load([s3], { kind: 'put', paths, sizeMib: OBJECT_MIB })
  }
  const put1 = await put(1)
  const put8 = await costing({ cpuSeconds }, () => put(AT_ONCE))
  return { put1: speed(put1), put8: speed(put8), putStoresCpu: put8.storesCpuSeconds / (put8.bytes / 1e9) }
}

async function costing(stores, work) {
  const before = stores?.cpuSeconds()
  const result = await work()
  return { ...result, ...(stores && { storesCpuSeconds: stores.cpuSeconds() - before }) }
}

function costs(key, { serverCpuSeconds, storesCpuSeconds }, units) {
  const ofBerth = { [`${key}Cpu`]: serverCpuSeconds / units }
  return storesCpuSeconds === undefined ? ofBerth : { ...ofBerth, [`${key}StoresCpu`]: storesCpuSeconds / units }
}

/** One line a metric, the medians of the rounds; ratios where both deployments have a number. */
function table(rounds) {
  const [alone, one, two] = Object.keys(deployments)
  const rows = metrics.map(({ key, name }) => {
    const of = deployment => median(rounds.map(round => round[deployment][key]).filter(value => value !== undefined))
    const ratio = (above, below) => {
      const value = of(above) / of(below)
      return Number.isNaN(value) ? '-' : `${value.toFixed(2)}x`
    }
    return [name, ...[alone, one, two].map(of).map(figure), ratio(one, alone), ratio(two, alone), ratio(two, one)]
  })
  return paint([['', alone, one, two, 'one/embedded', 'two/embedded', 'two/one'], ...rows])
}

function log(message) {
  console.error(message)
}
