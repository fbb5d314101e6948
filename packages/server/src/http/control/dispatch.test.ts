import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { isOperationName, operations } from '@berth/model'
import { berthOperations } from '@berth/model/berth'
import { ecrOperations } from '@berth/model/ecr'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RegistryError } from '../../domain/problem.ts'
import { callHeaders, type Harness, OWNER, startControl } from './testing/harness.ts'

const MIB = 1024 * 1024
let control: Harness
beforeAll(async () => {
  control = await startControl()
})
afterAll(() => control.close())
beforeEach(() => {
  control.access.verified.length = 0
  control.logged.length = 0
})

const json = (body: string | Buffer, headers: Record<string, string> = {}) =>
  control.send({ headers: { ...callHeaders('DescribeRegistries'), ...headers }, body })

describe('the protocol', () => {
  it('answers in AWS JSON 1.1 with a request id', async () => {
    const { status, headers, text } = await json('{}')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/x-amz-json-1.1')
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)))
    expect(headers).not.toHaveProperty('x-amzn-errortype')
  })

  it('names an error in the body and in a header, with the request id', async () => {
    const { status, headers, json: body } = await control.call('DescribeImages', { repositoryName: 'nowhere' })
    expect(status).toBe(400)
    expect(headers['content-type']).toBe('application/x-amz-json-1.1')
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['x-amzn-errortype']).toBe('RepositoryNotFoundException')
    expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/)
    expect(body).toEqual({
      __type: 'RepositoryNotFoundException',
      message: `The repository with name 'nowhere' does not exist in the registry with id '${OWNER}'`,
    })
  })

  it.each([
    ['application/x-amz-json-1.1', 200],
    ['application/x-amz-json-1.0', 200],
    ['application/json; charset=utf-8', 200],
    ['text/plain', 400],
    ['application/x-www-form-urlencoded', 400],
  ])('takes a body of type %s: %i', async (contentType, status) => {
    const answer = await json('{}', { 'content-type': contentType })
    expect(answer.status).toBe(status)
    if (status === 400) expect(answer.json['__type']).toBe('SerializationException')
  })

  it.each([
    ['gzip', 415],
    ['identity, br', 415],
    ['identity', 200],
    ['amz-1.0', 200],
  ])('takes no body that is coded: %s, %i', async (coding, status) => {
    const answer = await json('{}', { 'content-encoding': coding })
    expect(answer.status).toBe(status)
    if (status === 200) return
    expect(answer.headers['accept-encoding']).toBe('identity')
    expect(answer.json['__type']).toBe('UnsupportedMediaTypeException')
  })

  it('takes a body without a type, and no body for an empty structure', async () => {
    const { 'content-type': _type, ...headers } = callHeaders('DescribeRegistries')
    expect(await control.send({ headers, body: '{}' })).toMatchObject({ status: 200 })
    expect(await control.send({ headers })).toMatchObject({ status: 200 })
  })

  it.each([
    '',
    'DescribeRegistries',
    'SpencerFrontendService.Nonsense',
    'SpencerFrontendService.constructor',
    'SpencerFrontendService.__proto__',
    'AmazonEC2ContainerRegistry_V20150921.DescribeImages',
    'SpencerFrontendService.DescribeImages.',
  ])('knows no target %j', async target => {
    const answer = await json('{}', { 'x-amz-target': target })
    expect(answer).toMatchObject({ status: 400, json: { __type: 'UnknownOperationException' } })
    expect(answer.headers['x-amzn-errortype']).toBe('UnknownOperationException')
    expect(control.access.verified).toEqual([])
  })

  it.each(['GET', 'PUT', 'DELETE'])('refuses %s', async method => {
    const answer = await control.send({ method, headers: callHeaders('DescribeRegistries') })
    expect(answer).toMatchObject({ status: 405, json: { __type: 'MethodNotAllowedException' } })
    expect(answer.headers['allow']).toBe('POST')
  })
})

const sha256 = (body: string) => createHash('sha256').update(body).digest('hex')

describe('the order of checks', () => {
  it('verifies the exact body before anything of it is parsed', async () => {
    const answer = await json('no JSON at all')
    expect(answer.json['__type']).toBe('SerializationException')
    expect(control.access.verified).toEqual([
      { bodySha256: sha256('no JSON at all'), operation: 'DescribeRegistries', signingName: 'ecr-public' },
    ])
  })

  it('refuses a request without a signature, whatever is in it', async () => {
    const { 'x-test-account': _account, ...headers } = callHeaders('DescribeImages')
    for (const body of ['no JSON at all', '{}']) {
      expect(await control.send({ headers, body })).toMatchObject({
        status: 400,
        json: { __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
      })
    }
  })

  it('checks types, then constraints, then the caller', async () => {
    control.access.denied.add('ecr-public:DescribeImages')
    const failures = []
    for (const repositoryName of [5, 'X', 'fine']) {
      failures.push((await control.fails('DescribeImages', { repositoryName })).name)
    }
    control.access.denied.clear()
    expect(failures).toEqual(['SerializationException', 'InvalidParameterException', 'AccessDeniedException'])
  })

  it('names one constraint where several are broken', async () => {
    expect(await control.fails('DescribeImages', { repositoryName: 'X', maxResults: 0 })).toEqual({
      status: 400,
      name: 'InvalidParameterException',
      message:
        "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'Member must have length greater than or equal to 2'",
    })
  })

  it.each(Object.keys(operations).filter(isOperationName))('asks for the action of %s', async operation => {
    control.access.denied.add(operations[operation].iamAction)
    const repositoryName = 'unasked'
    const failure = await control.fails(operation, {
      ...('repositoryName' in operations[operation].input.members && { repositoryName }),
      resourceArn: `arn:aws:ecr-public::${OWNER}:repository/${repositoryName}`,
      tags: [],
      tagKeys: [],
      policyText: '{}',
      ...('catalogData' in operations[operation].input.members && { catalogData: {} }),
      imageIds: [{ imageTag: 'x' }],
      imageManifest: '{}',
      layerDigests: ['sha256:00'],
      uploadId: '00000000-0000-4000-8000-000000000000',
      partFirstByte: 0,
      partLastByte: 0,
      layerPartBlob: 'AA==',
    })
    control.access.denied.clear()
    expect(failure).toMatchObject({ status: 400, name: 'AccessDeniedException' })
    expect(failure.message).toContain(`not authorized to perform: ecr-public:${operation} on resource: `)
  })
})

describe('an operation of another service', () => {
  it.each([...Object.values(berthOperations), ...Object.values(ecrOperations)])(
    'asks for the action $iamAction',
    async ({ name, iamAction, input }) => {
      control.access.denied.add(iamAction)
      const repositoryName = 'unasked'
      const failure = await control.fails(name, {
        ...('repositoryName' in input.members && { repositoryName }),
        ...('imageIds' in input.members && { imageIds: [{ imageTag: 'x' }] }),
        ...('settings' in input.members && { settings: {} }),
        ...('lifecyclePolicyText' in input.members && { lifecyclePolicyText: 'x'.repeat(100) }),
      })
      control.access.denied.clear()
      expect(failure).toMatchObject({ status: 400, name: 'AccessDeniedException' })
      expect(failure.message).toContain(`not authorized to perform: ${iamAction} on resource: `)
    },
  )
})

describe('a hostile body', () => {
  it.each([
    ['cut off', '{"maxResults": 5'],
    ['not UTF-8', Buffer.from('{"nextToken": "\xff"}', 'latin1')],
    ['a list', '[]'],
    ['a text', '"text"'],
    ['null', 'null'],
    ['of a wrong type', '{"maxResults": "5"}'],
    ['of a fraction', '{"maxResults": 1.5}'],
    ['deep where a text belongs', `{"nextToken": ${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ])('that is %s cannot be read', async (_what, body) => {
    const answer = await json(body)
    expect(answer.status).toBe(400)
    expect(answer.json['__type']).toBe('SerializationException')
    expect(control.logged).toEqual([])
  })

  it('is refused where it is little but brackets: their parser would need seconds', async () => {
    const body = '['.repeat(200_000) + ']'.repeat(200_000)
    const answer = await json(`{"unknown":${body}}`)
    expect(answer.status).toBe(400)
    expect(answer.json).toEqual({ __type: 'SerializationException', message: 'The body is nested too deeply' })
  })

  it('may be deep or strange in members that nobody knows', async () => {
    const deep = `${'{"a":'.repeat(900)}1${'}'.repeat(900)}`
    expect(await json(`{"unknown": ${deep}}`)).toMatchObject({ status: 200 })
    expect(await json('{"__proto__": {"maxResults": "x"}, "constructor": 5, "toString": null}')).toMatchObject({
      status: 200,
    })
    expect(Object.prototype).not.toHaveProperty('maxResults')
  })

  it('is read up to its limit', async () => {
    const padded = (size: number) => '{}'.padEnd(size, ' ')
    expect(await json(padded(MIB))).toMatchObject({ status: 200 })
    const tooLarge = await json(padded(MIB + 1))
    expect(tooLarge).toMatchObject({
      status: 413,
      json: { __type: 'RequestEntityTooLargeException', message: `The request must not exceed ${MIB} bytes` },
    })
    expect(control.access.verified).toHaveLength(1)
  })

  it('of a layer part is larger than others, and a part of more than the quota is still told its place', async () => {
    await control.ok('CreateRepository', { repositoryName: 'layers' })
    const { uploadId } = await control.ok('InitiateLayerUpload', { repositoryName: 'layers' })
    const failure = await control.fails('UploadLayerPart', {
      repositoryName: 'layers',
      uploadId,
      partFirstByte: 0,
      partLastByte: 20 * MIB - 1,
      layerPartBlob: Buffer.alloc(20 * MIB).toString('base64'),
    })
    expect(failure.name).toBe('InvalidLayerPartException')
  })

  it('that never ends is cut off', async () => {
    const closed = await new Promise<number>((resolve, reject) => {
      const { port } = new URL(control.url)
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write('POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: SpencerFrontendService.DescribeRegistries\r\n')
        socket.write(`content-length: ${1024 * MIB}\r\n\r\n`)
        pump()
      })
      let sent = 0
      const chunk = Buffer.alloc(MIB, ' ')
      const pump = () => {
        while (socket.writable && socket.write(chunk)) sent += 1
        sent += 1
      }
      socket.on('drain', pump)
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(sent))
      socket.setTimeout(20_000, () => reject(new Error('the server still reads')))
    })
    expect(closed).toBeLessThan(200)
  })

  it('of a client that goes away is nobody’s failure', async () => {
    await new Promise<void>(resolve => {
      const { port } = new URL(control.url)
      const socket = connect(Number(port), '127.0.0.1', () => {
        const headers = 'host: x\r\nx-amz-target: SpencerFrontendService.DescribeRegistries\r\ncontent-length: 50'
        socket.end(`POST / HTTP/1.1\r\n${headers}\r\n\r\n{`)
      })
      socket.on('close', () => resolve())
      socket.resume()
    })
    expect(await json('{}')).toMatchObject({ status: 200 })
    expect(control.logged).toEqual([])
  })
})

describe('a failure of the server', () => {
  it('is logged with the request id and told without details', async () => {
    const broken = await startControl()
    await broken.context.metadata.close()
    const answer = await broken.call('DescribeImages', { repositoryName: 'any' })
    expect([500, 503]).toContain(answer.status)
    expect(answer.text).not.toMatch(/sqlite|database|node_modules/i)
    const failing = new Error('a secret of the server')
    broken.access.authenticate = () => Promise.reject(failing)
    const unknown = await broken.call('DescribeImages', { repositoryName: 'any' })
    expect(unknown).toMatchObject({ status: 500, json: { __type: 'ServerException' } })
    expect(unknown.text).not.toContain('secret')
    expect(broken.logged.at(-1)).toEqual({ requestId: unknown.headers['x-amzn-requestid'], err: failing })
    broken.access.authenticate = () =>
      Promise.reject(new RegistryError({ kind: 'unavailable', what: 'The disk is full.', retryAfterSeconds: 7 }))
    const full = await broken.call('DescribeImages', { repositoryName: 'any' })
    expect(full).toMatchObject({ status: 503, json: { message: 'The disk is full.' }, headers: { 'retry-after': '7' } })
    await broken.close().catch(() => undefined)
  })
})

describe('large bodies', () => {
  /** Sends a part's head and so much of its body, and leaves it there. */
  const begin = async (sizeBytes: number, { url } = control) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
    const headers = { host: 'here', ...callHeaders('UploadLayerPart'), 'content-length': String(sizeBytes + 1_000) }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`POST / HTTP/1.1\r\n${lines.join('')}\r\n`)
    await new Promise(sent => socket.write(Buffer.alloc(sizeBytes), sent))
    return socket
  }
  const big = () => json(Buffer.alloc(20 * MIB, ' '), callHeaders('UploadLayerPart'))

  it('wait in files for their signatures, so that those who never end stop nobody', async () => {
    const waiting = await Promise.all(Array.from({ length: 12 }, () => begin(27 * MIB)))
    expect(await big()).toMatchObject({ status: 400, json: { __type: 'SerializationException' } })
    expect(control.memory.figures().heldBytes).toBe(0)
    for (const socket of waiting) socket.destroy()
  })

  it('are refused with 503 where the caller has its share of the memory, once it has waited', async () => {
    const held = control.memory.share({ key: 'AKIATEST' })
    held.hold(45 * MIB)
    const refused = await big()
    expect(refused).toMatchObject({ status: 503, json: { __type: 'ServiceUnavailableException' } })
    expect(refused.headers['retry-after']).toBe('1')
    expect(await json('{}')).toMatchObject({ status: 200 })
    held.release()
    expect(await big()).toMatchObject({ status: 400, json: { __type: 'SerializationException' } })
  })

  it('that trickle in are answered with 408', async () => {
    const impatient = await startControl({}, { windowMs: 1_000 })
    const socket = await begin(100, impatient)
    const answer = text(socket)
    const trickle = setInterval(() => socket.write(' '), 100)
    expect(await answer).toMatch(/^HTTP\/1.1 408 .*RequestTimeoutException.*within 1 s/s)
    clearInterval(trickle)
    await impatient.close()
  })
})
