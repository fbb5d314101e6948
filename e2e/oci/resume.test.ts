import { expect, test, vi } from 'vitest'
import { type Content, randomBlob, randomImage } from './content.ts'
import { useRegistry } from './fixture.ts'
import { sendAndHangUp } from './raw.ts'
import type { Repository } from './repository.ts'

const oci = useRegistry()

/** Asks where the upload stands and sends the rest from there, as a client does after an interruption. */
async function resume(repository: Repository, location: URL, blob: Content): Promise<void> {
  const status = await oci.client.send('GET', location)
  expect(status.status).toBe(204)
  const last = Number(/^0-(\d+)$/.exec(String(status.headers['range']))?.[1])
  expect(last).toBeLessThan(blob.bytes.length)
  const rest = blob.bytes.subarray(last + 1)
  const range = `${last + 1}-${blob.bytes.length - 1}`
  const response = await repository.finishUpload(repository.locationOf(status), blob.digest, rest, range)
  expect(response.status).toBe(201)
}

async function expectPullable(repository: Repository, blob: Content): Promise<void> {
  const response = await repository.blob('GET', blob.digest)
  expect([response.status, response.body.equals(blob.bytes)]).toEqual([200, true])
}

/** An upload of which the first 10,000 bytes are acknowledged. */
async function begin(repository: Repository, blob: Content): Promise<URL> {
  const response = await repository.patch(await repository.startUpload(), blob.bytes.subarray(0, 10_000), '0-9999')
  expect(response.status).toBe(202)
  return repository.locationOf(response)
}

test('an upload whose chunk was cut off goes on from where GET says it stands', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('cut off', 500_000)
  const location = await begin(repository, blob)
  const request = [
    `PATCH ${location.pathname}${location.search} HTTP/1.1`,
    `Authorization: ${await oci.client.basic()}`,
    'Content-Type: application/octet-stream',
    'Content-Range: 10000-499999',
    'Content-Length: 490000',
  ]
  await sendAndHangUp(oci.client.registry.host, request, blob.bytes.subarray(10_000, 200_000))
  // Until the registry has seen the connection end, the upload may still be busy.
  await vi.waitFor(() => resume(repository, location, blob), { timeout: 30_000, interval: 100 })
  await expectPullable(repository, blob)
})

test('a blob whose PUT was cut off is not there', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('cut off in PUT', 100_000)
  const location = await repository.startUpload()
  location.searchParams.set('digest', blob.digest)
  const request = [
    `PUT ${location.pathname}${location.search} HTTP/1.1`,
    `Authorization: ${await oci.client.basic()}`,
    'Content-Length: 100000',
  ]
  await sendAndHangUp(oci.client.registry.host, request, blob.bytes.subarray(0, 99_999))
  expect((await repository.blob('HEAD', blob.digest)).status).toBe(404)
  await repository.pushBlob(blob)
  await expectPullable(repository, blob)
})

test('of several chunks sent for the same place one is taken', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('at once', 20_000)
  const location = await begin(repository, blob)
  const rest = blob.bytes.subarray(10_000)
  const responses = await Promise.all(Array.from({ length: 4 }, () => repository.patch(location, rest, '10000-19999')))
  expect(responses.filter(({ status }) => status === 202)).toHaveLength(1)
  expect((await repository.finishUpload(location, blob.digest)).status).toBe(201)
  await expectPullable(repository, blob)
})

for (const how of ['restart', 'crash'] as const) {
  test(`an upload goes on after the registry has started again (${how})`, async () => {
    const { registry } = oci.client
    const repository = await oci.createRepository()
    const [blob, image] = [randomBlob(`upload over ${how}`, 50_000), randomImage(`image over ${how}`)]
    const location = await begin(repository, blob)
    await repository.pushImage(image, 'v1')

    if (how === 'crash') await registry.kill()
    await registry.restart()

    await resume(repository, location, blob)
    await expectPullable(repository, blob)
    // What was acknowledged before is still there.
    expect((await repository.manifest('GET', 'v1')).body.equals(image.manifest.bytes)).toBe(true)
    for (const layer of image.blobs) await expectPullable(repository, layer)
  })
}
