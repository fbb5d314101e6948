// The load generator, a process of its own: reads one job as JSON on standard input, makes all its bytes and digests,
// does the job, and prints what it took. Times run from the first request to the last answer.

import { createHash, randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { openConnection } from './http.mjs'

const MIB = 1 << 20
const UNIQUE_BYTES = 32

const job = JSON.parse(await text(process.stdin))
const authorization = job.authorization === undefined ? {} : { authorization: job.authorization }
const result = await { push, pull, get }[job.kind]()
console.log(JSON.stringify(result))

/** `count` connections at once push one new blob each, the way Docker does: POST, PATCH with all the bytes, PUT. */
async function push() {
  const blobs = makeBlobs(job.count, job.sizeMib)
  const result = await timed(blobs, async (connection, { digest, chunks }) => {
    const started = await connection.request('POST', `/v2/${job.repository}/blobs/uploads/`, authorization)
    expectStatus(started, 202)
    const octets = { ...authorization, 'content-type': 'application/octet-stream' }
    const sent = await connection.request('PATCH', location(started), octets, chunks)
    expectStatus(sent, 202)
    const url = location(sent)
    const done = await connection.request(
      'PUT',
      `${url}${url.includes('?') ? '&' : '?'}digest=${digest}`,
      authorization,
    )
    expectStatus(done, 201)
    return job.sizeMib * MIB
  })
  return { ...result, digests: blobs.map(blob => blob.digest) }
}

/** `count` connections at once pull the same blob. */
function pull() {
  return timed(Array(job.count).fill(job.digest), async (connection, digest) => {
    const answer = await connection.request('GET', `/v2/${job.repository}/blobs/${digest}`, authorization)
    expectStatus(answer, 200)
    return answer.length
  })
}

/** `count` connections ask for one path again and again, for so many seconds. */
async function get() {
  const headers = { ...authorization, accept: job.accept }
  const until = performance.now() + job.seconds * 1000
  let requests = 0
  const result = await timed(Array(job.count).fill(job.path), async (connection, path) => {
    let bytes = 0
    while (performance.now() < until) {
      const answer = await connection.request('GET', path, headers)
      expectStatus(answer, 200)
      requests++
      bytes += answer.length
    }
    return bytes
  })
  return { ...result, requests }
}

async function timed(tasks, work) {
  const connections = await Promise.all(tasks.map(() => openConnection(job)))
  const cpu = process.cpuUsage()
  const start = performance.now()
  const bytes = await Promise.all(tasks.map((task, at) => work(connections[at], task)))
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  for (const connection of connections) connection.close()
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

/** The path of an upload's Location, which may be a whole URL. */
function location({ headers }) {
  const { pathname, search } = new URL(headers.location, `http://${job.host}:${job.port}`)
  return pathname + search
}

function expectStatus({ status }, wanted) {
  if (status !== wanted) throw new Error(`expected ${wanted}, got ${status}`)
}
