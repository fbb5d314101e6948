// The load generator, a process of its own: reads one job as JSON on standard input, makes all its bytes and digests,
// does the job, and prints what it took. Times run from the first request to the last answer.

import { createHash, randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { openConnection } from './http.mjs'

const MIB = 1 << 20
const UNIQUE_BYTES = 32
const SMALL_BLOB_BYTES = 2048
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar'

const job = JSON.parse(await text(process.stdin))
const authorization = job.authorization === undefined ? {} : { authorization: job.authorization }
const result = await { push, pull, get, images, put }[job.kind]()
console.log(JSON.stringify(result))

/** `count` clients at once push one new blob each. */
async function push() {
  const blobs = makeBlobs(job.count, job.sizeMib)
  const result = await timed(blobs, async (connections, blob) => {
    await pushBlob(connections, blob)
    return job.sizeMib * MIB
  })
  return { ...result, digests: blobs.map(blob => blob.digest) }
}

/** `count` connections at once pull the same blob. */
function pull() {
  return timed(Array(job.count).fill(job.digest), async ([connection], digest) => {
    const answer = await connection.request('GET', `/v2/${job.repository}/blobs/${digest}`, authorization)
    expectStatus(answer, 200)
    return answer.length
  })
}

/** `count` connections ask for one path again and again, for so many seconds. */
function get() {
  const headers = { ...authorization, accept: job.accept }
  return repeated(async ([connection]) => {
    const answer = await connection.request('GET', job.path, headers)
    expectStatus(answer, 200)
    return answer.length
  })
}

/**
 * `count` clients push images for so many seconds: a config, two layers of 2 KiB and a manifest with a tag, all new.
 */
function images() {
  return repeated(async connections => {
    const pushed = []
    for (const mediaType of [CONFIG_TYPE, LAYER_TYPE, LAYER_TYPE]) {
      const bytes = mediaType === CONFIG_TYPE ? smallConfig() : randomBytes(SMALL_BLOB_BYTES)
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      await pushBlob(connections, { digest, chunks: [bytes] })
      pushed.push({ mediaType, digest, size: bytes.length })
    }
    const [config, ...layers] = pushed
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers }))
    const path = `/v2/${job.repository}/manifests/${randomBytes(8).toString('hex')}`
    const headers = { ...authorization, 'content-type': MANIFEST_TYPE }
    expectStatus(await connections[0].request('PUT', path, headers, [manifest]), 201)
    return config.size + layers.reduce((sum, { size }) => sum + size, 0) + manifest.length
  })
}

/** `paths` are a list for each connection, of what it puts one after the other: `sizeMib` at each. */
function put() {
  const block = randomBytes(MIB)
  const chunks = Array(job.sizeMib).fill(block)
  return timed(job.paths, async ([connection], paths) => {
    for (const path of paths) expectStatus(await connection.request('PUT', path, {}, chunks), 200)
    return paths.length * job.sizeMib * MIB
  })
}

/** The way Docker does it: POST, PATCH with all the bytes, PUT. With several connections, each goes to the next one. */
async function pushBlob(connections, { digest, chunks }) {
  const through = step => connections[step % connections.length]
  const started = await through(0).request('POST', `/v2/${job.repository}/blobs/uploads/`, authorization)
  expectStatus(started, 202)
  const octets = { ...authorization, 'content-type': 'application/octet-stream' }
  const sent = await through(1).request('PATCH', location(started), octets, chunks)
  expectStatus(sent, 202)
  const url = location(sent)
  const done = await through(2).request('PUT', `${url}${url.includes('?') ? '&' : '?'}digest=${digest}`, authorization)
  expectStatus(done, 201)
}

/** Every client does the same again and again, until `seconds` are over. */
async function repeated(work) {
  const until = performance.now() + job.seconds * 1000
  let requests = 0
  const result = await timed(Array(job.count).fill(undefined), async connections => {
    let bytes = 0
    while (performance.now() < until) {
      bytes += await work(connections)
      requests++
    }
    return bytes
  })
  return { ...result, requests }
}

/** A client for each task: a connection to the next server, or to every server where the job says `alternate`. */
async function timed(tasks, work) {
  const { servers, alternate = false } = job
  const clients = await Promise.all(
    tasks.map((_, at) => Promise.all((alternate ? servers : [servers[at % servers.length]]).map(openConnection))),
  )
  const cpu = process.cpuUsage()
  const start = performance.now()
  const bytes = await Promise.all(tasks.map((task, at) => work(clients[at], task)))
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  for (const connection of clients.flat()) connection.close()
  return { seconds, bytes: bytes.reduce((a, b) => a + b, 0), clientCpuSeconds: (user + system) / 1e6 }
}

/** Random blobs that differ only in their last bytes: no two digests are alike, and hashing them all costs one hash. */
function makeBlobs(count, sizeMib) {
  const block = randomBytes(MIB)
  const common = [...Array(sizeMib - 1).fill(block), block.subarray(0, -UNIQUE_BYTES)]
  const hash = createHash('sha256')
  for (const chunk of common) hash.update(chunk)
  return Array.from({ length: count }, () => {
    const unique = randomBytes(UNIQUE_BYTES)
    return { digest: `sha256:${hash.copy().update(unique).digest('hex')}`, chunks: [...common, unique] }
  })
}

function smallConfig() {
  return Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', author: randomBytes(256).toString('hex') }))
}

/** The path of an upload's Location, which may be a whole URL. */
function location({ headers }) {
  const { pathname, search } = new URL(headers.location, 'http://registry.invalid')
  return pathname + search
}

function expectStatus({ status }, wanted) {
  if (status !== wanted) throw new Error(`expected ${wanted}, got ${status}`)
}
