import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAll } from '../../ports/blob-store.contract.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import type { MultipartNotes } from '../../ports/multipart-notes.ts'
import { openS3BlobStore } from './blob-s3.ts'
import { etagOf, md5, multipartEtag } from './checksums.ts'
import { openS3Bucket, type S3Bucket } from './s3-bucket.ts'
import type { Multipart } from './s3-uploads.ts'
import { heldKeys } from './stored-upload.ts'

/** Answers that the S3 server of the tests never gives, but others do. */
describe('an answer', () => {
  interface Answer {
    status?: number
    headers?: Record<string, string>
    body?: string
    drop?: boolean
    cut?: boolean
  }
  let server: Server
  let requests: IncomingMessage[]
  let answers: Answer[]
  let bucket: S3Bucket
  let endpoint: string

  const options = () => ({
    endpoint,
    region: 'us-east-1',
    bucket: 'my-bucket',
    prefix: 'p/',
    pathStyle: true,
    partMiB: 5,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    timeoutMs: 10_000,
  })
  const send = async (request: IncomingMessage, response: ServerResponse) => {
    requests.push(request)
    await text(request)
    const { status = 200, headers = {}, body = '', drop = false, cut = false } = answers.shift() ?? { status: 500 }
    if (drop) response.destroy()
    else if (cut) response.writeHead(status, headers).write(body, () => response.destroy())
    else response.writeHead(status, headers).end(request.method === 'HEAD' ? '' : body)
  }
  const error = (status: number, code: string): Answer => ({
    status,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  })
  const head = (sizeBytes: number, ETag: string): Answer => ({ headers: { 'Content-Length': `${sizeBytes}`, ETag } })

  beforeEach(async () => {
    requests = []
    answers = []
    server = createServer((request, response) => void send(request, response))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
    endpoint = `http://127.0.0.1:${address.port}`
    bucket = openS3Bucket(options())
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })

  const unavailable = expect.objectContaining({ problem: expect.objectContaining({ kind: 'unavailable' }) })
  const bytes = Buffer.from('some bytes')
  const etag = etagOf(md5(bytes))

  it.each([500, 502, 503, 504, 429, 408])('of status %d is unavailable, after three tries', async status => {
    answers = Array.from({ length: 3 }, () => error(status, 'SlowDown'))
    await expect(bucket.objects.head('a')).rejects.toEqual(unavailable)
    expect(requests.length).toBeLessThanOrEqual(3)
  })

  it('that fails once is asked for again', async () => {
    answers = [{ drop: true }, error(503, 'SlowDown'), head(10, etag)]
    expect(await bucket.objects.head('a')).toMatchObject({ sizeBytes: 10, etag })
  })

  it('that denies access is an outage that an operator can end, with its reason', async () => {
    answers = [error(403, 'AccessDenied')]
    await expect(bucket.objects.get('a')).rejects.toMatchObject({
      problem: { kind: 'unavailable', what: 'The blob store refuses the credentials of the server.' },
      cause: { name: 'AccessDenied' },
    })
  })

  it('that says that the bucket is gone is not taken for an absent object', async () => {
    answers = [error(404, 'NoSuchBucket'), error(404, 'NoSuchKey')]
    await expect(bucket.objects.get('a')).rejects.toMatchObject({
      problem: { kind: 'unavailable', what: 'The bucket of the blobs is not there.' },
      cause: { name: 'NoSuchBucket' },
    })
    expect(await bucket.objects.get('a')).toBeUndefined()
  })

  /** An encrypting store's, Google's, a gateway's, a proxy's that weakens it, and none. */
  const FOREIGN = [
    '"-CMPujcLB4NkCEAE="',
    `"${'0'.repeat(32)}-1"`,
    '"opaque"',
    'bare',
    `W/${etagOf(md5(Buffer.from('x')))}`,
    '',
  ]

  it.each(FOREIGN)('with the ETag %s, which is no MD5 of what was sent, is a success', async ETag => {
    const headers: Record<string, string> = ETag === '' ? {} : { ETag }
    const parts = '<Part><PartNumber>1</PartNumber><Size>5</Size><ETag>"listed"</ETag></Part>'
    answers = [{ headers }, { headers }]
    if (ETag === '') answers.push({ body: `<?xml version="1.0"?><ListPartsResult>${parts}</ListPartsResult>` })
    await bucket.objects.put('a', bytes, {})
    const part = await bucket.uploads.putPart({ name: 'a', uploadId: 'u' }, 1, bytes)
    expect(part.etag).toBe(ETag === '' ? '"listed"' : ETag)
    for (const { headers } of requests.slice(0, 2)) expect(headers['content-md5']).toBe(md5(bytes).toString('base64'))
  })

  it.each(FOREIGN)('that the object is there already, with the ETag %s, counts by its mark', async ETag => {
    const found = (mark: string, sizeBytes = bytes.length): Answer => ({
      headers: { ...head(sizeBytes, ETag).headers, 'x-amz-meta-berth-mark': mark },
    })
    const mark = md5(bytes).toString('hex')
    const refused = error(412, 'PreconditionFailed')
    answers = [refused, found(mark), refused, found('another'), refused, found(mark, 9)]
    await bucket.objects.putNew('a', bytes)
    expect(requests[0]?.headers['x-amz-meta-berth-mark']).toBe(mark)
    for (const _ of ['another', 'shorter'])
      await expect(bucket.objects.putNew('a', bytes)).rejects.toMatchObject({ name: 'PreconditionFailed' })
    // A multipart upload has one that its process made up.
    const begun = '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'
    answers = [{ body: `<?xml version="1.0"?>${begun}` }]
    const upload = await bucket.uploads.begin('a')
    const parts = [{ number: 1, sizeBytes: bytes.length, etag: ETag }]
    answers = [error(404, 'NoSuchUpload'), found(upload.mark ?? '')]
    await bucket.uploads.complete(upload, parts)
    answers = [error(404, 'NoSuchUpload'), found('another')]
    await expect(bucket.uploads.complete(upload, parts)).rejects.toMatchObject({ name: 'NoSuchUpload' })
  })

  it('that the object is there already is a success if it is the one that was sent', async () => {
    answers = [{ drop: true }, error(412, 'PreconditionFailed'), head(bytes.length, etag)]
    await bucket.objects.putNew('a', bytes)
    expect(requests.map(({ method, headers }) => [method, headers['if-none-match']])).toEqual([
      ['PUT', '*'],
      ['PUT', '*'],
      ['HEAD', undefined],
    ])
    answers = [error(412, 'PreconditionFailed'), head(bytes.length, '"other"')]
    await expect(bucket.objects.putNew('a', bytes)).rejects.toMatchObject({ name: 'PreconditionFailed' })
  })

  it('that conditions are unknown is remembered', async () => {
    const stored = { headers: { ETag: etag } }
    const absent = { status: 404 }
    answers = [error(501, 'NotImplemented'), absent, stored, absent, stored]
    await bucket.objects.putNew('a', bytes)
    await bucket.objects.putNew('b', bytes)
    expect(requests.map(({ method, headers }) => [method, headers['if-none-match']])).toEqual([
      ['PUT', '*'],
      ['HEAD', undefined],
      ['PUT', undefined],
      ['HEAD', undefined],
      ['PUT', undefined],
    ])
    answers = [head(bytes.length, '"other"'), head(bytes.length, etag)]
    await expect(bucket.objects.putNew('c', bytes)).rejects.toThrow('there already, with other bytes')
    await bucket.objects.putNew('c', bytes)
    expect(requests).toHaveLength(7)
  })

  it('that the upload is gone is a success if its object is there', async () => {
    const upload = { name: 'a', uploadId: 'u' }
    const parts = [{ number: 1, sizeBytes: 10, etag }]
    answers = [{ drop: true }, error(404, 'NoSuchUpload'), head(10, multipartEtag([etag]))]
    await bucket.uploads.complete(upload, parts)
    answers = [error(404, 'NoSuchUpload'), { status: 404 }]
    await expect(bucket.uploads.complete(upload, parts)).rejects.toMatchObject({ name: 'NoSuchUpload' })
  })

  it('that was lost after an upload began leaves no other one, but those with parts', async () => {
    const uploads = ['lost', 'mine', 'parts'].map(id => `<Upload><Key>p/a</Key><UploadId>${id}</UploadId></Upload>`)
    const listing = (more: string, text = '') => ({ body: `<?xml version="1.0"?><${more}>${text}</${more}>` })
    answers = [
      { drop: true },
      listing('InitiateMultipartUploadResult', '<UploadId>mine</UploadId>'),
      listing('ListMultipartUploadsResult', uploads.join('')),
      listing('ListPartsResult'),
      { status: 204 },
      listing('ListPartsResult', `<Part><PartNumber>1</PartNumber><Size>5</Size><ETag>${etag}</ETag></Part>`),
    ]
    expect(await bucket.uploads.begin('a')).toMatchObject({ name: 'a', uploadId: 'mine' })
    expect(requests.filter(({ method }) => method === 'DELETE').map(({ url }) => url)).toEqual([
      expect.stringContaining('uploadId=lost'),
    ])
    expect(answers).toEqual([])
  })

  it('of status 200 may be a failure to complete', async () => {
    answers = Array.from({ length: 3 }, () => ({ ...error(200, 'InternalError'), status: 200 }))
    await expect(
      bucket.uploads.complete({ name: 'a', uploadId: 'u' }, [{ number: 1, sizeBytes: 10, etag }]),
    ).rejects.toEqual(unavailable)
  })

  it('that ends too early is unavailable, after the bytes that came', async () => {
    answers = [{ headers: { 'Content-Length': '20' }, body: 'ten bytes.', cut: true }]
    const chunks = await bucket.objects.get('a')
    let readBytes = 0
    const consume = async () => {
      for await (const chunk of chunks ?? []) readBytes += chunk.length
    }
    await expect(consume()).rejects.toEqual(unavailable)
    expect(readBytes).toBe(10)
  })

  it('to a commit counts only if the object has all bytes', async () => {
    answers = [{}, { status: 404 }, { headers: { ETag: etag } }, head(bytes.length - 1, etag)]
    const store = await openS3BlobStore(options())
    const writer = await store.create('0a' as StorageKey)
    await writer.write(bytes)
    await expect(writer.commit()).rejects.toThrow('the blob store has 9 bytes of 0a, not 10')
    await writer.close()
  })

  it('with more than was asked for is not read', async () => {
    answers = [{}, { status: 206, headers: { 'Content-Length': '3' }, body: 'abc' }]
    const store = await openS3BlobStore(options())
    await expect(readAll(store, '0a' as StorageKey, { first: 0, last: 1 })).rejects.toThrow(RangeError)
  })
  it('that lists no unfinished uploads leaves those that were noted, each until it ends', async () => {
    const noted = new Set<string>()
    const notes: MultipartNotes = {
      note: async ({ storageKey, multipartId }) => void noted.add(`${storageKey} ${multipartId}`),
      forget: async (key, id) => {
        for (const each of [...noted]) if (id === undefined || each === `${key} ${id}`) noted.delete(each)
      },
      async *keys() {
        for (const each of [...noted].sort()) yield each.split(' ')[0] as StorageKey
      },
    }
    const xml = (name: string, text = '') => ({ body: `<?xml version="1.0"?><${name}>${text}</${name}>` })
    const begun = (id: string) => xml('InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`)
    const open = openS3Bucket(options(), notes)
    answers = [begun('1'), begun('2'), begun('3')]
    const uploads = [await open.uploads.begin('0a'), await open.uploads.begin('0b'), await open.uploads.begin('0c')]
    const held = async () => {
      answers = [xml('ListBucketResult', '<Contents><Key>p/0b</Key></Contents>'), xml('ListMultipartUploadsResult')]
      const keys: string[] = []
      for await (const key of heldKeys(open, notes)) keys.push(key)
      return keys
    }
    expect(await held()).toEqual(['0a', '0b', '0c'])
    answers = [xml('CompleteMultipartUploadResult'), { status: 204 }]
    await open.uploads.complete(uploads[0] as Multipart, [{ number: 1, sizeBytes: 1, etag }])
    await open.uploads.abort(uploads[1] as Multipart)
    expect(await held()).toEqual(['0b', '0c'])
    expect([...noted]).toEqual(['0c 3'])
  })

  it('after which the upload cannot be noted ends it again', async () => {
    const notes = { note: () => Promise.reject(new Error('no rows')), forget: async () => {}, async *keys() {} }
    answers = [
      { body: '<?xml version="1.0"?><R><UploadId>u</UploadId></R>'.replaceAll('R>', 'InitiateMultipartUploadResult>') },
      { status: 204 },
    ]
    await expect(openS3Bucket(options(), notes).uploads.begin('0a')).rejects.toThrow('no rows')
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'DELETE'])
  })
})
