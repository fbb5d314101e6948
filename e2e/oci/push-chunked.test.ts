import { expect, test } from 'vitest'
import type { OciResponse } from './client.ts'
import { type Content, digestOf, randomBlob, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'
import type { Repository } from './repository.ts'

const oci = useRegistry()
const CHUNK = 1024

/** Three chunks of a blob, the last one shorter. */
function inChunks(seed: string): { blob: Content; chunks: { bytes: Buffer; range: string; last: number }[] } {
  const blob = randomBlob(seed, 3 * CHUNK - 5)
  const chunks = [0, 1, 2].map(at => {
    const bytes = blob.bytes.subarray(at * CHUNK, (at + 1) * CHUNK)
    const last = at * CHUNK + bytes.length - 1
    return { bytes, last, range: `${at * CHUNK}-${last}` }
  })
  return { blob, chunks }
}

function expectAccepted(repository: Repository, response: OciResponse, last: number): URL {
  expect(response.status).toBe(202)
  expect(response.headers['range']).toBe(`0-${last}`)
  return repository.locationOf(response)
}

async function expectStored(repository: Repository, response: OciResponse, blob: Content): Promise<void> {
  expect(response.status).toBe(201)
  expect(response.headers['docker-content-digest']).toBe(blob.digest)
  const pulled = await oci.client.send('GET', repository.locationOf(response))
  expect([pulled.status, pulled.body.equals(blob.bytes)]).toEqual([200, true])
}

test('each chunk in order is answered with 202, Location and Range', async () => {
  const repository = await oci.createRepository()
  const { blob, chunks } = inChunks('in order')
  let location = await repository.startUpload()
  for (const { bytes, range, last } of chunks) {
    location = expectAccepted(repository, await repository.patch(location, bytes, range), last)
  }
  await expectStored(repository, await repository.finishUpload(location, blob.digest), blob)
})

test('the closing PUT is answered with 201 and a Location to pull it from (with the final chunk)', async () => {
  const repository = await oci.createRepository()
  const { blob, chunks } = inChunks('final chunk in PUT')
  let location = await repository.startUpload()
  for (const { bytes, range, last } of chunks.slice(0, 2)) {
    location = expectAccepted(repository, await repository.patch(location, bytes, range), last)
  }
  const [, , final] = chunks
  await expectStored(repository, await repository.finishUpload(location, blob.digest, final?.bytes, final?.range), blob)
})

test('the closing PUT is answered with 201 and a Location to pull it from (rest without Content-Range)', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('rest in PUT', 2000)
  const location = repository.locationOf(
    await repository.patch(await repository.startUpload(), blob.bytes.subarray(0, 700), '0-699'),
  )
  const response = await repository.finishUpload(location, blob.digest, blob.bytes.subarray(700))
  await expectStored(repository, response, blob)
})

for (const chunked of [false, true]) {
  test(`a PATCH without Content-Range appends (${chunked ? 'length untold' : 'length told'})`, async () => {
    const repository = await oci.createRepository()
    const blob = randomBlob(`streamed ${chunked}`, 200_000)
    let location = await repository.startUpload()
    for (const [from, to] of [
      [0, 90_000],
      [90_000, 200_000],
    ] as const) {
      const response = await oci.client.send('PATCH', location, { body: blob.bytes.subarray(from, to), chunked })
      location = expectAccepted(repository, response, to - 1)
    }
    await expectStored(repository, await repository.finishUpload(location, blob.digest), blob)
  })
}

test('a chunk out of order is refused with 416 (a gap)', async () => {
  const repository = await oci.createRepository()
  const { chunks } = inChunks('gap')
  const location = await repository.startUpload()
  const [, second] = chunks
  expect((await repository.patch(location, second?.bytes ?? Buffer.alloc(0), second?.range)).status).toBe(416)
})

test('a chunk out of order is refused with 416 (a repeat, sent to the first Location)', async () => {
  const repository = await oci.createRepository()
  const { blob, chunks } = inChunks('repeat')
  const stale = await repository.startUpload()
  const [first] = chunks
  const bytes = first?.bytes ?? Buffer.alloc(0)
  await repository.patch(stale, bytes, first?.range)
  expect((await repository.patch(stale, bytes, first?.range)).status).toBe(416)

  const status = await oci.client.send('GET', stale)
  expect([status.status, status.headers['range']]).toEqual([204, `0-${CHUNK - 1}`])
  const location = repository.locationOf(status)
  const response = await repository.finishUpload(location, blob.digest, blob.bytes.subarray(CHUNK))
  await expectStored(repository, response, blob)
})

test('a final chunk out of order is refused with 416 and the upload can go on', async () => {
  const repository = await oci.createRepository()
  const { blob, chunks } = inChunks('final out of order')
  const [first, second, third] = chunks
  let location = repository.locationOf(
    await repository.patch(await repository.startUpload(), first?.bytes ?? Buffer.alloc(0), first?.range),
  )
  const early = await repository.finishUpload(location, blob.digest, third?.bytes, third?.range)
  expect(early.status).toBe(416)

  const status = await oci.client.send('GET', location, { query: [['digest', blob.digest]] })
  expect([status.status, status.headers['range']]).toEqual([204, `0-${CHUNK - 1}`])
  location = repository.locationOf(await repository.patch(location, second?.bytes ?? Buffer.alloc(0), second?.range))
  const response = await repository.finishUpload(location, blob.digest, third?.bytes, third?.range)
  await expectStored(repository, response, blob)
})

test('the status of an upload is 204 with Location and Range', async () => {
  const repository = await oci.createRepository()
  const { chunks } = inChunks('status')
  const location = await repository.startUpload()
  const fresh = await oci.client.send('GET', location)
  expect(fresh.status).toBe(204)
  // No byte is there yet, and no value of the header says so; clients want it to begin with `0-`.
  expect(fresh.headers['range']).toMatch(/^0-/)
  const [first] = chunks
  await repository.patch(location, first?.bytes ?? Buffer.alloc(0), first?.range)
  const later = await oci.client.send('GET', repository.locationOf(fresh))
  expect([later.status, later.headers['range']]).toEqual([204, `0-${CHUNK - 1}`])
  expect(later.headers.location).toBeDefined()
})

for (const range of ['abc', '5-', '-5', '0-10-20', '9-0']) {
  test(`a malformed Content-Range is refused and keeps nothing (${range})`, async () => {
    const repository = await oci.createRepository()
    const { bytes } = randomBlob('malformed range', 10)
    const location = await repository.startUpload()
    expect([400, 416]).toContain((await repository.patch(location, bytes, range)).status)
    // The next good chunk is still the first one.
    expectAccepted(repository, await repository.patch(location, bytes, '0-9'), 9)
  })
}

test('a Content-Range that disagrees with the length is refused and keeps nothing', async () => {
  const repository = await oci.createRepository()
  const { bytes } = randomBlob('length disagrees', 10)
  const location = await repository.startUpload()
  expect([400, 416]).toContain((await repository.patch(location, bytes, '0-99')).status)
  expectAccepted(repository, await repository.patch(location, bytes, '0-9'), 9)
})

test('a closing PUT whose digest does not match is refused with 400', async () => {
  const repository = await oci.createRepository()
  const { blob, chunks } = inChunks('chunked mismatch')
  const [first] = chunks
  const location = repository.locationOf(
    await repository.patch(await repository.startUpload(), first?.bytes ?? Buffer.alloc(0), first?.range),
  )
  expect((await repository.finishUpload(location, blob.digest)).status).toBe(400)
  expect((await repository.blob('HEAD', blob.digest)).status).toBe(404)
})

test('a cancelled upload is answered with 204 and is gone', async () => {
  const repository = await oci.createRepository()
  const { blob, chunks } = inChunks('cancel')
  const location = await repository.startUpload()
  const [first] = chunks
  await repository.patch(location, first?.bytes ?? Buffer.alloc(0), first?.range)
  expect((await oci.client.send('DELETE', location)).status).toBe(204)
  expect((await oci.client.send('GET', location)).status).toBe(404)
  expect((await repository.patch(location, blob.bytes)).status).toBe(404)
  expect((await repository.finishUpload(location, blob.digest, blob.bytes)).status).toBe(404)
})

test('a finished upload is gone', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('finished')
  const location = await repository.startUpload()
  await repository.finishUpload(location, blob.digest, blob.bytes)
  expect((await oci.client.send('GET', location)).status).toBe(404)
})

test('an upload that does not exist is answered with 404', async () => {
  const repository = await oci.createRepository()
  const location = await repository.startUpload()
  const unknown = new URL(location)
  unknown.search = ''
  unknown.pathname = `/v2/${repository.name}/blobs/uploads/00000000-0000-4000-8000-000000000000`
  for (const method of ['GET', 'PATCH', 'DELETE']) {
    expect((await oci.client.send(method, unknown)).status, method).toBe(404)
  }
  expect((await repository.finishUpload(unknown, unknownDigest('no upload'))).status).toBe(404)
})

test('an upload belongs to its repository', async () => {
  const mine = await oci.createRepository()
  const other = await oci.createRepository()
  const location = await mine.startUpload()
  const stolen = new URL(location.href.replace(mine.name, other.name))
  expect((await oci.client.send('GET', stolen)).status).toBe(404)
})

test('a blob becomes visible only when its upload is closed', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('not yet')
  await repository.patch(await repository.startUpload(), blob.bytes)
  expect((await repository.blob('HEAD', digestOf(blob.bytes))).status).toBe(404)
})
