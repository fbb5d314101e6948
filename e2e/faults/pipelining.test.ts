import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OciClient } from '../oci/client.ts'
import { digestOf, randomBytes } from '../oci/content.ts'
import { startRegistry } from '../support/registry.ts'
import { openDescriptors } from './process.ts'
import { head, open } from './wire.ts'

const BLOB = randomBytes('asked for again and again', 1024 * 1024)
const DIGEST = digestOf(BLOB)
const CONNECTIONS = 60
/** What Node parses at once. */
const CHUNK_BYTES = 64 * 1024

const INDEX = 'application/vnd.oci.image.index.v1+json'

let client: OciClient
let path: string
let asked: (line: string, ...headers: string[]) => Buffer

beforeAll(async () => {
  client = new OciClient(await startRegistry({ openFiles: 1024 }))
  await client.registry.control('CreateRepository', { repositoryName: 'faults/pipelining' })
  path = `/v2/${client.registry.alias}/faults/pipelining`
  const authorization = `Authorization: ${await client.basic()}`
  asked = (line, ...headers) => head(`${line} HTTP/1.1`, 'Host: x', authorization, ...headers)
  expect((await client.send('POST', `${path}/blobs/uploads/?digest=${DIGEST}`, { body: BLOB })).status).toBe(201)
})
afterAll(() => client?.[Symbol.asyncDispose]())

/** Asks on each of many connections as often as one chunk holds, and reads nothing. */
async function flood(line: string, ...headers: string[]): Promise<Socket[]> {
  const request = asked(line, ...headers)
  const chunk = Buffer.concat(Array<Buffer>(Math.floor(CHUNK_BYTES / request.length)).fill(request))
  return Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = (await open(client.registry)).pause()
      socket.on('error', () => {}).write(chunk)
      return socket
    }),
  )
}

test.each([
  ['blobs', []],
  ['ranges of blobs', ['Range: bytes=0-99999,200000-999999']],
])('connections that ask for hundreds of %s at once have one file each, and stop nobody', async (_, headers) => {
  const before = await openDescriptors(client.registry)
  const sockets = await flood(`GET ${path}/blobs/${DIGEST}`, ...headers)
  await delay(1_000)
  expect((await openDescriptors(client.registry)) - before).toBeLessThanOrEqual(2 * CONNECTIONS + 5)
  expect((await client.send('GET', `${path}/blobs/${DIGEST}`)).body.length).toBe(BLOB.length)
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] })
  const push = { headers: { 'content-type': INDEX }, body: Buffer.from(manifest) }
  expect((await client.send('PUT', `${path}/manifests/meanwhile`, push)).status).toBe(201)
  for (const socket of sockets) socket.destroy()
})
test('requests of all kinds that come at once are answered in their order', async () => {
  const lines = ['tags/list', 'manifests/none', `blobs/${DIGEST}`, `referrers/${DIGEST}`, 'manifests/nothing']
  const rounds = 12
  const socket = await open(client.registry)
  let text = ''
  socket
    .on('error', () => {})
    .on('data', chunk => {
      text += chunk.toString('latin1')
    })
  const round = Buffer.concat(lines.map(line => asked(`GET ${path}/${line}`)))
  socket.end(Buffer.concat(Array<Buffer>(rounds).fill(round)))
  await once(socket, 'close')
  const statuses = Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status))
  expect(statuses).toEqual(Array<number[]>(rounds).fill([200, 404, 200, 200, 404]).flat())
})
