import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { randomBlob } from './content.ts'
import { useRegistry } from './fixture.ts'
import { sendAndHangUp } from './raw.ts'

const oci = useRegistry()
const blob = randomBlob('a large layer', 300_000)

const linesFor = async (location: URL, ...headers: string[]) => [
  `PATCH ${location.pathname}${location.search} HTTP/1.1`,
  `Authorization: ${await oci.client.basic()}`,
  'Content-Type: application/octet-stream',
  ...headers,
]

/** What became of a stalled PATCH: `answer` is there when its JSON is whole, `closed` when its connection is. */
interface Stalled {
  readonly socket: Socket
  readonly answer: Promise<string>
  readonly closed: Promise<unknown>
}

/** A PATCH of the whole blob that sends the first bytes and no more, its connection open. */
async function stall(location: URL, sizeBytes: number): Promise<Stalled> {
  const { hostname, port } = new URL(oci.client.registry.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  const lines = await linesFor(location, `Host: ${hostname}`, `Content-Length: ${blob.bytes.length}`)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  socket.write(blob.bytes.subarray(0, sizeBytes))
  const answer = new Promise<string>(resolve => {
    let text = ''
    socket.on('data', bytes => {
      text += bytes
      if (text.endsWith('}')) resolve(text)
    })
    socket.on('close', () => resolve(text))
  })
  return { socket, answer, closed: once(socket, 'close') }
}

/** Waits until GET tells of so many bytes: how it is seen that they have arrived. */
const arrived = (location: URL, sizeBytes: number) =>
  vi.waitFor(
    async () => {
      const { status, headers } = await oci.client.send('GET', location)
      expect([status, headers['range']]).toEqual([204, `0-${sizeBytes - 1}`])
    },
    { timeout: 20_000, interval: 20 },
  )

test('the status of an upload whose chunk is under way tells the bytes that have arrived', async () => {
  const repository = await oci.createRepository()
  const location = await repository.startUpload()
  const { socket } = await stall(location, 40_000)
  await arrived(location, 40_000)
  socket.write(blob.bytes.subarray(40_000, 90_000))
  await arrived(location, 90_000)
  socket.write(blob.bytes.subarray(90_000))
  await arrived(location, blob.bytes.length)
  await vi.waitFor(async () => expect((await repository.finishUpload(location, blob.digest)).status).toBe(201))
  socket.destroy()
})

test('a cancel while a chunk is under way, or just after it was cut off, is answered with 204', async () => {
  const repository = await oci.createRepository()
  const gone = async (location: URL) => {
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      const query = method === 'PUT' ? ([['digest', blob.digest]] as const) : []
      expect((await oci.client.send(method, location, { query })).status, method).toBe(404)
    }
  }
  const under = await repository.startUpload()
  const { answer, closed } = await stall(under, 40_000)
  await arrived(under, 40_000)
  expect((await oci.client.send('DELETE', under)).status).toBe(204)
  await gone(under)
  // The sender of the chunk hears of the cancel, and of a connection that ends.
  expect(await answer).toMatch(/^HTTP\/1\.1 404 [\s\S]*BLOB_UPLOAD_UNKNOWN/)
  await closed

  const lines = (location: URL) => linesFor(location, 'Content-Length: 300000')
  for (const pauseMs of [0, 0, 0, 1, 5, 20, 50]) {
    const location = await repository.startUpload()
    await sendAndHangUp(oci.client.registry.host, await lines(location), blob.bytes.subarray(0, 100_000))
    await delay(pauseMs)
    expect((await oci.client.send('DELETE', location)).status, `after ${pauseMs} ms`).toBe(204)
    await gone(location)
  }
})

test('a chunk at the right offset takes over from one that has stalled', async () => {
  const repository = await oci.createRepository()
  const location = await repository.startUpload()
  const { answer, socket } = await stall(location, 40_000)
  await arrived(location, 40_000)
  const rest = blob.bytes.subarray(40_000)
  expect((await repository.patch(location, rest.subarray(1), '40001-299999')).status).toBe(409)
  const taken = await repository.patch(location, rest, '40000-299999')
  expect([taken.status, taken.headers['range']]).toEqual([202, '0-299999'])
  // What its first sender wakes up with is nobody's.
  socket.write(rest)
  expect(await answer).toMatch(/^HTTP\/1\.1 409 /)
  // The whole body has arrived, so the connection could be used again.
  socket.destroy()
  expect((await repository.finishUpload(location, blob.digest)).status).toBe(201)
  expect((await repository.blob('GET', blob.digest)).body.equals(blob.bytes)).toBe(true)
})
