import { expect, test } from 'vitest'
import { errorCodesOf, type OciResponse } from './client.ts'
import { contentOf, mediaTypes, randomBlob, randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'
import { sendRaw } from './raw.ts'

const oci = useRegistry()

test('an existing blob is answered with 200 and its exact bytes', async () => {
  const repository = await oci.createRepository()
  for (const blob of [randomBlob('a byte', 1), randomBlob('small'), randomBlob('3 MiB and one', 3 * 2 ** 20 + 1)]) {
    await repository.pushBlob(blob)
    const response = await repository.blob('GET', blob.digest)
    expect(response.status).toBe(200)
    expect(response.headers['content-length']).toBe(String(blob.bytes.length))
    expect(response.body.equals(blob.bytes)).toBe(true)
  }
})

test('a blob of no bytes can be pushed, seen and pulled', async () => {
  const repository = await oci.createRepository()
  const empty = contentOf(mediaTypes.blob, '')
  await repository.pushBlob(empty)
  expect((await repository.blob('HEAD', empty.digest)).headers['content-length']).toBe('0')
  const response = await repository.blob('GET', empty.digest)
  expect([response.status, response.body.length]).toEqual([200, 0])
})

for (const method of ['GET', 'HEAD'] as const) {
  test(`a blob answer carries its digest in Docker-Content-Digest (${method})`, async () => {
    const repository = await oci.createRepository()
    const blob = randomBlob(`digest ${method}`)
    await repository.pushBlob(blob)
    const response = await repository.blob(method, blob.digest)
    expect(response.headers['docker-content-digest']).toBe(blob.digest)
  })

  test(`a blob that is not in the repository is answered with 404 (${method})`, async () => {
    const repository = await oci.createRepository()
    const elsewhere = await oci.createRepository()
    const blob = randomBlob(`only elsewhere ${method}`)
    await elsewhere.pushBlob(blob)
    for (const digest of [unknownDigest('a blob'), blob.digest]) {
      const response = await repository.blob(method, digest)
      expect(response.status).toBe(404)
      if (method === 'GET') expect(errorCodesOf(response)).toEqual(['BLOB_UNKNOWN'])
    }
  })

  test(`a malformed digest names no blob (${method})`, async () => {
    const repository = await oci.createRepository()
    const upperCase = unknownDigest('upper case').toUpperCase()
    for (const digest of ['sha256:short', upperCase, 'sha256:', 'blake3:', ':00', 'bl_ke3:00!', 'latest']) {
      expect((await repository.blob(method, digest)).status, digest).toBe(400)
    }
  })
}

test('a HEAD of a blob is answered with 200 and its size in Content-Length', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('head', 70_001)
  await repository.pushBlob(blob)
  const response = await repository.blob('HEAD', blob.digest)
  expect([response.status, response.headers['content-length']]).toEqual([200, '70001'])
})

test('a manifest is not a blob', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('not a blob')
  await repository.pushImage(image)
  const { digest } = image.manifest
  const response = await repository.blob('GET', digest)
  // Registries that keep both in one store may serve it; it must then be the right bytes.
  if (response.status === 200) expect(response.body.equals(image.manifest.bytes)).toBe(true)
  else expect(response.status).toBe(404)
})

test('a HEAD sends no body', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('bodiless')
  await repository.pushImage(image)
  const { registry } = oci.client
  for (const path of [`manifests/${image.manifest.digest}`, `blobs/${image.blobs[0]?.digest}`, 'manifests/absent']) {
    // A client library would throw the body away: only the socket shows it.
    const authorization = `Authorization: ${await oci.client.basic()}`
    const response = await sendRaw(registry.host, [`HEAD /v2/${repository.name}/${path} HTTP/1.1`, authorization])
    expect(response).toMatch(/^HTTP\/1\.1 (?:200|404) /)
    expect(response.split('\r\n\r\n')[1], path).toBe('')
  }
})

const SIZE = 2048
const blob = randomBlob('ranges', SIZE)

async function getRange(range: string, headers: Record<string, string> = {}): Promise<OciResponse> {
  const repository = await oci.createRepository()
  await repository.pushBlob(blob)
  return repository.blob('GET', blob.digest, { headers: { range, ...headers } })
}

for (const [range, first, last] of [
  ['bytes=500-1499', 500, 1499],
  ['bytes=0-0', 0, 0],
  ['bytes=500-', 500, SIZE - 1],
  ['bytes=-500', SIZE - 500, SIZE - 1],
  ['bytes=-5000', 0, SIZE - 1],
  ['bytes=2000-5000', 2000, SIZE - 1],
  ['bytes=2047-99999999999999999999', 2047, 2047],
] as const) {
  test(`a Range of one part is answered with 206 and those bytes (${range})`, async () => {
    const response = await getRange(range)
    expect(response.status).toBe(206)
    expect(response.headers['content-range']).toBe(`bytes ${first}-${last}/${SIZE}`)
    expect(response.headers['content-length']).toBe(String(last - first + 1))
    expect(response.body.equals(blob.bytes.subarray(first, last + 1))).toBe(true)
  })
}

for (const range of ['bytes=2048-', 'bytes=5000-10000', 'bytes=-0']) {
  test(`a Range outside the blob is answered with 416 and the size (${range})`, async () => {
    const response = await getRange(range)
    expect(response.status).toBe(416)
    expect(response.headers['content-range']).toBe(`bytes */${SIZE}`)
  })
}

test('a Range that ends before it begins sends nothing of the blob (bytes=500-0)', async () => {
  // RFC 9110 lets a server ignore it; the conformance suite wants the refusal.
  expect((await getRange('bytes=500-0')).status).toBe(416)
})

for (const range of ['bytes', 'bytes=', 'bytes=abc', 'bytes=1-2-3', 'lines=1-2']) {
  test(`a Range that is not understood is ignored (${range})`, async () => {
    const response = await getRange(range)
    // RFC 9110, section 14.2: an unknown unit MUST be ignored, a malformed set may be refused.
    if (range.startsWith('lines')) expect(response.status).toBe(200)
    else expect([200, 400, 416]).toContain(response.status)
    if (response.status === 200) expect(response.body.equals(blob.bytes)).toBe(true)
  })
}

test('a Range of several parts is answered with those parts, or with the whole blob', async () => {
  const response = await getRange('bytes=0-9,100-199,-5')
  if (response.status === 200) {
    expect(response.body.equals(blob.bytes)).toBe(true)
    return
  }
  expect(response.status).toBe(206)
  const boundary = /^multipart\/byteranges; ?boundary="?([^"]+)"?$/.exec(response.headers['content-type'] ?? '')?.[1]
  expect(boundary).toBeDefined()
  for (const [first, last] of [
    [0, 9],
    [100, 199],
    [SIZE - 5, SIZE - 1],
  ] as const) {
    const head = response.body.indexOf(`bytes ${first}-${last}/${SIZE}`)
    expect(head).toBeGreaterThan(0)
    const start = response.body.indexOf('\r\n\r\n', head) + 4
    const part = response.body.subarray(start, start + last - first + 1)
    expect(part.equals(blob.bytes.subarray(first, last + 1))).toBe(true)
  }
  expect(response.body.toString('latin1').trimEnd().endsWith(`--${boundary}--`)).toBe(true)
})

test('a HEAD ignores Range', async () => {
  const repository = await oci.createRepository()
  await repository.pushBlob(blob)
  const response = await repository.blob('HEAD', blob.digest, { headers: { range: 'bytes=0-9' } })
  expect([response.status, response.headers['content-length']]).toEqual([200, String(SIZE)])
})

test('an If-Range that does not match makes Range void', async () => {
  const response = await getRange('bytes=0-9', { 'if-range': '"another version"' })
  expect([response.status, response.body.length]).toEqual([200, SIZE])
})
