import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basicOf } from '../oci/client.ts'
import { type Credentials, signedHeaders } from '../support/control.ts'
import { testEmbedded } from '../support/embedded.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { type Answer, ask, head, open } from './wire.ts'

const ABSENT = `sha256:${'0'.repeat(64)}`
const UPLOAD = '00000000-0000-4000-8000-000000000000'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

let registry: Registry
let basic: string

beforeAll(async () => {
  registry = await startRegistry()
  await registry.control('CreateRepository', { repositoryName: 'faults/app' })
  basic = basicOf('AWS', await registry.password())
})
afterAll(() => registry?.[Symbol.asyncDispose]())

/** Each case with a name: the beginning of every value, since some have megabytes. */
const titled = <Case extends readonly unknown[]>(cases: readonly Case[]): [name: string, values: Case][] =>
  cases.map(values => [values.map(beginning).join(' '), values])

const beginning = (value: unknown) =>
  JSON.stringify(String(Buffer.isBuffer(value) ? value.subarray(0, 80) : value).slice(0, 80))

/** Neither a 500 nor silence, the form that the protocol gives errors, and a server that goes on. */
async function expectRefusal(answer: Answer, form: 'oci' | 'aws' | 'page', statuses: readonly number[]): Promise<void> {
  expect(statuses, JSON.stringify(answer)).toContain(answer.status)
  if (form === 'oci') {
    expect(answer.headers['content-type']).toBe('application/json')
    const { errors } = JSON.parse(answer.body)
    expect(errors[0]).toEqual(expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/) }))
    expect(errors[0].message).not.toBe('')
    if (answer.status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm=/)
  }
  if (form === 'aws') {
    expect(answer.headers['content-type']).toBe('application/x-amz-json-1.1')
    const error = JSON.parse(answer.body)
    expect(error['__type']).toMatch(/^[A-Za-z]+Exception$/)
    expect(error.__type).toBe(answer.headers['x-amzn-errortype'])
    expect(error.message).not.toBe('')
  }
  const next = await ask(registry, head('GET /v2/ HTTP/1.1', 'Host: x', `Authorization: ${basic}`))
  expect(next.status).toBe(200)
}

describe('what is not quite HTTP', () => {
  const to = (line: string, ...headers: string[]) => head(`${line} HTTP/1.1`, 'Host: x', ...headers)
  const cases: [what: string, bytes: Buffer, form: 'oci' | 'aws', status: number][] = [
    ['no HTTP at all', Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 'latin1'), 'oci', 400],
    ['HTTP/2 with prior knowledge', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'oci', 400],
    ['an unknown method', to('BREW /v2/'), 'oci', 400],
    ['a method in lower case', to('get /v2/'), 'oci', 400],
    ['NUL in the URL', to('GET /v2/\0'), 'oci', 400],
    ['a blank in the URL', to('GET /v2/ a'), 'oci', 400],
    ['no Host', head('GET /v2/ HTTP/1.1'), 'oci', 400],
    ['two Hosts', to('GET /v2/', 'Host: y'), 'oci', 400],
    ['the same Host twice', to('GET /v2/', 'HOST: x'), 'oci', 400],
    [
      'two Hosts and a body that waits',
      to('PUT /v2/', 'Host: y', 'Expect: 100-continue', 'Content-Length: 3'),
      'oci',
      400,
    ],
    ['two Hosts in HTTP/1.0', head('GET /v2/ HTTP/1.0', 'Host: x', 'Host: x'), 'oci', 400],
    ['two Hosts, to a token', to('GET /token/', 'Host: y'), 'oci', 400],
    ['two Hosts, to the control API', to('POST /', 'Host: y', 'Content-Length: 0'), 'aws', 400],
    ['no Host, to the control API', head('POST / HTTP/1.1', 'Content-Length: 0'), 'aws', 400],
    ['a length that is no number', to('POST /', 'Content-Length: abc'), 'aws', 400],
    ['a negative length', to('PUT /v2/', 'Content-Length: -1'), 'oci', 400],
    ['a length beyond all numbers', to('PUT /v2/', `Content-Length: ${'9'.repeat(40)}`), 'oci', 400],
    ['two lengths', to('POST /', 'Content-Length: 3', 'Content-Length: 4'), 'aws', 400],
    [
      'a length and chunks',
      Buffer.concat([to('POST /', 'Content-Length: 5', 'Transfer-Encoding: chunked'), Buffer.from('0\r\n\r\n')]),
      'aws',
      400,
    ],
    ['an unknown transfer coding', to('PATCH /v2/', 'Transfer-Encoding: gzip'), 'oci', 400],
    ['a second transfer coding', to('PATCH /v2/', 'Transfer-Encoding: gzip, chunked'), 'oci', 501],
    ['a second transfer coding, to the control API', to('POST /', 'Transfer-Encoding: gzip, chunked'), 'aws', 501],
    ['chunks in HTTP/1.0', head('PUT /v2/ HTTP/1.0', 'Transfer-Encoding: chunked'), 'oci', 400],
    ['two logins', to('GET /v2/', 'Authorization: Basic eDp5', 'Authorization: Basic QVdTOnk='), 'oci', 401],
    ['a folded header', head('GET /v2/ HTTP/1.1', 'Host: x', ' folded'), 'oci', 400],
    ['a header without a name', to('GET /v2/', ': x'), 'oci', 400],
    ['headers of 100 kB', to('GET /v2/', `X-Filler: ${'a'.repeat(100_000)}`), 'oci', 431],
    ['a URL of 100 kB', to(`GET /v2/${'a'.repeat(100_000)}`), 'oci', 431],
    ['a query of 100 kB', to(`POST /?${'a=b&'.repeat(25_000)}`), 'aws', 431],
    ['an unknown expectation', to('PUT /v2/', 'Expect: a-miracle', 'Content-Length: 3'), 'oci', 417],
    ['CONNECT', to('CONNECT example.com:443'), 'oci', 405],
  ]
  test.each(cases)('%s', async (_, bytes, form, status) => {
    await expectRefusal(await ask(registry, bytes), form, [status])
  })

  test('a chunk with a broken size', async () => {
    const line = `POST /v2/${registry.alias}/faults/app/blobs/uploads/?digest=${ABSENT} HTTP/1.1`
    const request = head(line, 'Host: x', `Authorization: ${basic}`, 'Transfer-Encoding: chunked')
    const answer = await ask(registry, Buffer.concat([request, Buffer.from('3\r\nabc\r\nzz\r\n')]))
    await expectRefusal(answer, 'oci', [400])
  })

  test('of two logins neither counts, though one of them is good', async () => {
    const answer = await ask(registry, to('GET /v2/', `Authorization: ${basic}`, 'Authorization: Basic eDp5'))
    await expectRefusal(answer, 'oci', [401])
  })

  test('a condition counts behind thousands of headers', async () => {
    const line = `PUT /v2/${registry.alias}/faults/app/manifests/none`
    const many = Array.from({ length: 2_100 }, () => 'a:')
    const conditional = to(line, `Authorization: ${basic}`, ...many, 'If-Match: *', 'Content-Length: 2')
    expect((await ask(registry, Buffer.concat([conditional, Buffer.from('{}')]))).status).toBe(412)
  })

  test('an absolute URL is taken like a path', async () => {
    const url = `http://${registry.host}/v2/`
    expect((await ask(registry, to(`GET ${url}`, `Authorization: ${basic}`))).status).toBe(200)
  })

  test('HTTP/1.0, without a Host', async () => {
    expect((await ask(registry, head('GET /v2/ HTTP/1.0', `Authorization: ${basic}`))).status).toBe(200)
  })

  test('an Upgrade that nobody asked for is passed over', async () => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', `Authorization: ${basic}`]
    expect((await ask(registry, to('GET /v2/', ...upgrade))).status).toBe(200)
  })

  test('a request whose sender has closed its half of the connection is answered', async () => {
    const request = to('GET /v2/', `Authorization: ${basic}`)
    expect((await ask(registry, request, { thenEnd: true })).status).toBe(200)
  })
})

describe('the registry endpoint', () => {
  const cases: [request: string, statuses: number[], headers?: string[], body?: string | Buffer][] = [
    ['GET /v2//', [404]],
    ['GET /v2/../etc/passwd', [400, 404]],
    ['GET /v2/%2e%2e/%2e%2e/etc/passwd', [400, 404]],
    ['GET /v2/ALIAS/faults/app/blobs/../../../../secret.key', [400, 404]],
    ['GET /v2/ALIAS/faults/app/blobs/%2e%2e%2fsecret.key', [400]],
    ['GET /v2/ALIAS%2ffaults/app/tags/list', [400]],
    ['GET /v2/ALIAS/faults%5capp/tags/list', [400]],
    ['GET /v2/ALIAS/faults/app%00/tags/list', [400]],
    ['GET /v2/ALIAS/faults/app%0d%0aX:y/tags/list', [400]],
    ['GET /v2/ALIAS/faults/app/manifests/v1%', [400]],
    ['GET /v2/ALIAS/faults/app/manifests/%zz', [400]],
    ['GET /v2/ALIAS/faults/app/manifests/%ff', [400]],
    ['GET /v2/ALIAS/faults/app/manifests/%ed%a0%80', [400]],
    ['GET /v2/ALIAS/faults/%C3%BCber/tags/list', [400]],
    ['GET /v2/ALIAS/faults/\u00fcber/tags/list', [400]],
    [`GET /v2/ALIAS/${'a'.repeat(300)}/tags/list`, [404]],
    [`POST /v2/ALIAS/${'a'.repeat(300)}/blobs/uploads/`, [400]],
    [`GET /v2/ALIAS/${'a/'.repeat(3000)}b/tags/list`, [404]],
    [`GET /v2/ALIAS/${'a-'.repeat(3000)}/tags/list`, [400]],
    [`GET /v2/${'a'.repeat(300)}/x/tags/list`, [404]],
    [`GET /v2/ALIAS/faults/app/manifests/${'v'.repeat(7000)}`, [404]],
    [`PUT /v2/ALIAS/faults/app/manifests/${'v'.repeat(129)}`, [400]],
    ['PUT /v2/ALIAS/faults/app/manifests/.hidden', [400]],
    [`GET /v2/ALIAS/faults/app/manifests/sha256:${'g'.repeat(64)}`, [400]],
    [`GET /v2/ALIAS/faults/app/manifests/sha256:${'0'.repeat(7000)}`, [400]],
    ['GET /v2/ALIAS/faults/app/blobs/md5:d41d8cd98f00b204e9800998ecf8427e', [404]],
    [`GET /v2/ALIAS/faults/app/blobs/md5:${'0'.repeat(600)}`, [400]],
    [`GET /v2/ALIAS/faults/app/referrers/${'a+'.repeat(3000)}a:0`, [400]],
    ['GET /v2/ALIAS/faults/app/blobs/__proto__', [400]],
    ['GET /v2/ALIAS/faults/app/blobs/uploads/__proto__', [404]],
    ['GET /v2/ALIAS/faults/app/constructor/list', [404]],
    [`GET /v2/ALIAS/faults/app/referrers/${ABSENT.toUpperCase()}`, [400]],
    ['GET /v2/ALIAS/faults/app/tags/list?n=-1', [400]],
    ['GET /v2/ALIAS/faults/app/tags/list?n=1e9', [400]],
    [`GET /v2/ALIAS/faults/app/tags/list?n=${'9'.repeat(400)}`, [400]],
    ['GET /v2/ALIAS/faults/app/tags/list?last=%00', [400]],
    ['GET /v2/ALIAS/faults/app/tags/list?last=../..', [400]],
    ['POST /v2/ALIAS/faults/app/blobs/uploads/?digest=', [400]],
    [`POST /v2/ALIAS/faults/app/blobs/uploads/?digest=${ABSENT}&digest=x`, [400]],
    ['POST /v2/ALIAS/faults/app/blobs/uploads/?mount=../../etc/passwd', [400]],
    ['POST /v2/ALIAS/faults/app/blobs/uploads/?digest-algorithm=__proto__', [400]],
    [`PATCH /v2/ALIAS/faults/app/blobs/uploads/${UPLOAD}`, [404]],
    [`PATCH /v2/ALIAS/faults/app/blobs/uploads/${UPLOAD}`, [400], ['Content-Range: 5-1']],
    [`PUT /v2/ALIAS/faults/app/blobs/uploads/${UPLOAD}`, [400]],
    [`PUT /v2/ALIAS/faults/app/blobs/uploads/${UPLOAD}?digest=${ABSENT}`, [400], ['Content-Range: bytes nonsense']],
    ['OPTIONS /v2/', [405]],
    ['TRACE /v2/', [405]],
    ['PROPFIND /v2/ALIAS/faults/app/tags/list', [405]],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], ''],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], '{"schemaVersion":2'],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], 'null'],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], '[]'],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], Buffer.from('{"a":"\xff"}', 'latin1')],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], '['.repeat(1_000_000)],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], '{"schemaVersion":2e308,"layers":[]}'],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], manifest({ size: -1 })],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], manifest({ size: 1e300 })],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], manifest({ digest: '../../secret.key' })],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], manifest({ mediaType: 'x\u0000y' })],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], [], manifest({ digest: ABSENT })],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [415], ['Content-Encoding: gzip'], '\x1f\x8b\x08\x00'],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [400], ['Content-Type: text/html\u00ff'], manifest({ digest: ABSENT })],
    ['PUT /v2/ALIAS/faults/app/manifests/v1', [413], [], ' '.repeat(5 * 1024 * 1024)],
  ]
  test.each(titled(cases))('%s', async (_, [request, statuses, headers = [], body = '']) => {
    const bytes = Buffer.from(body)
    const method = request.split(' ')[0] ?? ''
    const message = Buffer.concat([
      head(
        `${request.replace('ALIAS', registry.alias)} HTTP/1.1`,
        'Host: x',
        `Authorization: ${basic}`,
        ...(headers.some(line => line.startsWith('Content-Type')) ? [] : [`Content-Type: ${MANIFEST}`]),
        ...(['PUT', 'POST', 'PATCH'].includes(method) ? [`Content-Length: ${bytes.length}`] : []),
        ...headers,
      ),
      bytes,
    ])
    await expectRefusal(await ask(registry, message), 'oci', statuses)
  })

  const credentials = [
    'Basic',
    'Basic !!!',
    'Basic QVdTOg==',
    `Basic ${Buffer.from('AWS').toString('base64')}`,
    `Basic ${Buffer.from('AWS:\0:\0').toString('base64')}`,
    'Bearer',
    'Bearer .',
    'Bearer ..',
    'Bearer a.b.c',
    'Bearer eyJhIjoxfQ.eyJhIjoxfQ.AAAA',
    `Bearer ${'a.'.repeat(5000)}`,
    'Bearer \u00ff\u00fe',
    'Digest username="x"',
    '',
  ]
  test.each(credentials)('a credential that is none: %.40j', async credential => {
    const request = head('GET /v2/ HTTP/1.1', 'Host: x', `Authorization: ${credential}`)
    await expectRefusal(await ask(registry, request), 'oci', [401])
  })

  test('the token endpoint answers in the registry’s form, whatever it is asked', async () => {
    for (const [line, status] of [
      ['POST /token/', 400],
      ['PUT /token/', 405],
      ['TRACE /token', 405],
    ] as const)
      await expectRefusal(await ask(registry, head(`${line} HTTP/1.1`, 'Host: x')), 'oci', [status])
    for (const scope of ['%00', '%ff%fe', 'repository:a:b:c:d', 'repository:../x:pull', `${'x+'.repeat(2000)}`]) {
      const answer = await ask(registry, head(`GET /token/?scope=${scope}&service=%zz HTTP/1.1`, 'Host: x'))
      expect(answer.status, scope).toBe(200)
    }
    const bad = await ask(registry, head('GET /token/ HTTP/1.1', 'Host: x', 'Authorization: Basic QVdTOng='))
    expect([bad.status, JSON.parse(bad.body).errors[0].code]).toEqual([401, 'UNAUTHORIZED'])
  })

  test.each(['x"y/<script>', 'x y', 'x/', 'x:5000:1', 'x:port', 'user@x', '[::1', '\u00fc', 'x\\y'])(
    'a Host that is no host is refused, and repeated nowhere: %s',
    async host => {
      const answer = await ask(registry, head('GET /v2/ HTTP/1.1', `Host: ${host}`))
      await expectRefusal(answer, 'oci', [400])
      expect(JSON.stringify(answer)).not.toContain(host)
    },
  )

  test.each([
    '',
    'x',
    'x:',
    'x:5000',
    'a_b.example',
    'xn--bcher-kva.example',
    '[::1]:5000',
    '[fe80::1%25eth0]',
    'x%20y',
  ])('a Host that is one, or is none by intention, is taken: %j', async host => {
    const answer = await ask(registry, head('GET /v2/ HTTP/1.1', `Host: ${host}`, `Authorization: ${basic}`))
    expect(answer.status).toBe(200)
  })

  testEmbedded(
    'replicas have a public URL',
    'an absolute URL says the host, and the login in it is nobody’s',
    async () => {
      const answer = await ask(registry, head('GET http://user:pw@there.example:81/v2/ HTTP/1.1', 'Host: here.example'))
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        401,
        expect.stringContaining('realm="http://there.example:81/token/"'),
      ])
    },
  )
})

describe('the control API', () => {
  const deep = `{"repositoryName":${'['.repeat(400_000)}${']'.repeat(400_000)}}`
  const policy = (text: string) => JSON.stringify({ repositoryName: 'faults/app', policyText: text })
  const cases: [operation: string, body: string | Buffer, type: string][] = [
    ['DescribeRepositories', '{', 'SerializationException'],
    ['DescribeRepositories', '[]', 'SerializationException'],
    ['DescribeRepositories', 'null', 'SerializationException'],
    ['DescribeRepositories', '"text"', 'SerializationException'],
    ['DescribeRepositories', Buffer.from('{"a":"\xff"}', 'latin1'), 'SerializationException'],
    ['DescribeRepositories', Buffer.from([0x1f, 0x8b, 8, 0]), 'SerializationException'],
    ['DescribeRepositories', `\ufeff\ufeff{}`, 'SerializationException'],
    ['DescribeRepositories', '{"maxResults":"10"}', 'SerializationException'],
    ['DescribeRepositories', '{"maxResults":1e400}', 'SerializationException'],
    ['DescribeRepositories', '{"maxResults":1.5}', 'SerializationException'],
    ['DescribeRepositories', '{"maxResults":0}', 'InvalidParameterException'],
    ['DescribeRepositories', '{"maxResults":9007199254740991}', 'InvalidParameterException'],
    ['DescribeRepositories', '{"nextToken":"../../etc/passwd"}', 'InvalidParameterException'],
    ['DescribeRepositories', '{"nextToken":"W10="}', 'InvalidParameterException'],
    ['DescribeRepositories', '{"repositoryNames":{"0":"a"}}', 'SerializationException'],
    ['CreateRepository', '{}', 'InvalidParameterException'],
    ['CreateRepository', '{"repositoryName":null}', 'InvalidParameterException'],
    ['CreateRepository', '{"repositoryName":{"a":1}}', 'SerializationException'],
    ['CreateRepository', '{"repositoryName":"../../x"}', 'InvalidParameterException'],
    ['CreateRepository', '{"repositoryName":"a\\u0000b"}', 'InvalidParameterException'],
    ['CreateRepository', '{"repositoryName":"a\\ud800"}', 'InvalidParameterException'],
    ['CreateRepository', '{"repositoryName":"a\\n"}', 'InvalidParameterException'],
    ['CreateRepository', `{"repositoryName":"${'a'.repeat(500_000)}"}`, 'InvalidParameterException'],
    ['CreateRepository', '{"__proto__":{"repositoryName":"polluted"}}', 'InvalidParameterException'],
    ['CreateRepository', '{"repositoryName":"ok","repositoryName":"NOT OK"}', 'InvalidParameterException'],
    ['CreateRepository', deep, 'SerializationException'],
    ['CreateRepository', '{"repositoryName":"logo","catalogData":{"logoImageBlob":"!!"}}', 'SerializationException'],
    [
      'CreateRepository',
      '{"repositoryName":"logo","catalogData":{"logoImageBlob":"AAAA"}}',
      'InvalidParameterException',
    ],
    ['DescribeImages', '{"repositoryName":"faults/app","imageIds":[{}]}', 'InvalidParameterException'],
    ['BatchDeleteImage', '{"repositoryName":"faults/app","imageIds":[]}', 'InvalidParameterException'],
    ['BatchDeleteImage', '{"repositoryName":"faults/app","imageIds":[null]}', 'InvalidParameterException'],
    [
      'BatchDeleteImage',
      JSON.stringify({ repositoryName: 'faults/app', imageIds: Array(101).fill({ imageTag: 'a' }) }),
      'InvalidParameterException',
    ],
    ['SetRepositoryPolicy', policy('{'), 'InvalidParameterException'],
    ['SetRepositoryPolicy', policy('['.repeat(10_000)), 'InvalidParameterException'],
    ['SetRepositoryPolicy', policy('{"Statement":{},"Statement":{}}'), 'InvalidParameterException'],
    ['SetRepositoryPolicy', policy('{"__proto__":{"Version":"2012-10-17"}}'), 'InvalidParameterException'],
    ['TagResource', '{"resourceArn":"arn:aws:ecr-public::../..","tags":[]}', 'InvalidParameterException'],
    [
      'UploadLayerPart',
      JSON.stringify({
        repositoryName: 'faults/app',
        uploadId: UPLOAD,
        partFirstByte: Number.MAX_SAFE_INTEGER,
        partLastByte: 0,
        layerPartBlob: 'AAAA',
      }),
      'UploadNotFoundException',
    ],
    ['PutImage', '{"repositoryName":"faults/app","imageManifest":"{"}', 'InvalidParameterException'],
    [
      'PutImage',
      '{"repositoryName":"faults/app","imageManifest":"{}","imageTag":"\\u202e"}',
      'InvalidParameterException',
    ],
    ['NoSuchOperation', '{}', 'UnknownOperationException'],
    ['__proto__', '{}', 'UnknownOperationException'],
    ['', '{}', 'UnknownOperationException'],
    ['DescribeRepositories', Buffer.alloc(2 * 1024 * 1024, ' '), 'RequestEntityTooLargeException'],
    ['UploadLayerPart', Buffer.alloc(30 * 1024 * 1024, ' '), 'RequestEntityTooLargeException'],
  ]
  test.each(titled(cases))('%s', async (_, [operation, text, type]) => {
    const body = Buffer.from(text)
    const answer = await ask(registry, await call(operation, body))
    await expectRefusal(answer, 'aws', [400, 413])
    expect(JSON.parse(answer.body).__type).toBe(type)
  })

  test.each([
    ['no signature', 'MissingAuthenticationTokenException', undefined],
    ['another scheme', 'IncompleteSignatureException', 'Basic QVdTOng='],
    ['half a signature', 'IncompleteSignatureException', 'AWS4-HMAC-SHA256 Credential=a'],
    ['parameters without end', 'IncompleteSignatureException', `AWS4-HMAC-SHA256 ${'a=b,'.repeat(2000)}`],
    ['no text', 'IncompleteSignatureException', '\u00ff'],
  ])('%s → %s', async (_, type, authorization) => {
    const headers = ['X-Amz-Target: SpencerFrontendService.DescribeRegistries', 'Content-Length: 2']
    if (authorization !== undefined) headers.push(`Authorization: ${authorization}`)
    const request = Buffer.concat([head('POST / HTTP/1.1', 'Host: x', ...headers), Buffer.from('{}')])
    const answer = await ask(registry, request)
    await expectRefusal(answer, 'aws', [400])
    expect(JSON.parse(answer.body).__type).toBe(type)
  })

  test('a key that is not known, or a changed body', async () => {
    const unknown = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' }
    const strange = await ask(registry, await call('DescribeRegistries', Buffer.from('{}'), unknown))
    expect(JSON.parse(strange.body).__type).toBe('UnrecognizedClientException')
    const signed = await call('DescribeRegistries', Buffer.from('{}'))
    const changed = await ask(registry, Buffer.concat([signed.subarray(0, -2), Buffer.from('[]')]))
    expect(JSON.parse(changed.body).__type).toBe('InvalidSignatureException')
  })

  test('text that UTF-8 or C would cut short is kept whole, or refused', async () => {
    const usageText = 'before\u0000after \ud83d\ude00 <b>'
    await registry.control('PutRepositoryCatalogData', { repositoryName: 'faults/app', catalogData: { usageText } })
    const { catalogData } = await registry.control('GetRepositoryCatalogData', { repositoryName: 'faults/app' })
    expect(catalogData.usageText).toBe(usageText)
  })
})

describe('the pages', () => {
  test.each(['DELETE /', 'PUT /healthz', 'POST /readyz', 'PATCH /?x'])('%s is refused', async line => {
    await expectRefusal(await ask(registry, head(`${line} HTTP/1.1`, 'Host: x')), 'page', [405])
  })
  test.each([
    'GET //v2/',
    'GET /../secret.key',
    'GET /%00',
    'OPTIONS *',
    'GET /logos/..%2f..%2fsecret.key',
    'GET /logos/',
  ])('%s is nothing', async line => {
    await expectRefusal(await ask(registry, head(`${line} HTTP/1.1`, 'Host: x')), 'page', [404])
  })
})

/** A signed call as bytes. */
async function call(operation: string, body: Buffer, credentials: Credentials = registry): Promise<Buffer> {
  const headers = await signedHeaders(registry.url, credentials, operation, body)
  const lines = Object.entries({ ...headers, 'content-length': body.length }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return Buffer.concat([head('POST / HTTP/1.1', ...lines), body])
}

/** An image manifest with one descriptor, as given. */
function manifest(descriptor: object): string {
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: ABSENT, size: 2, ...descriptor }
  return JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [] })
}

describe('Expect', () => {
  /** Everything that the server says to a head, before and after its body is sent. */
  async function heardFor(version: string, path: string): Promise<string> {
    const socket = await open(registry)
    let heard = ''
    socket.on('data', bytes => {
      heard += bytes.toString('latin1')
    })
    const lines = ['Host: x', `Authorization: ${basic}`, 'Expect: 100-continue', 'Content-Length: 3']
    socket.write(head(`POST ${path} HTTP/${version}`, ...lines))
    if (version === '1.1') await once(socket, 'data')
    socket.end('abc')
    await once(socket, 'close')
    return heard
  }

  test('of HTTP/1.0 is ignored: nobody told such a client what 100 Continue means', async () => {
    const sha = createHash('sha256').update('abc').digest('hex')
    const upload = `/v2/${registry.alias}/faults/app/blobs/uploads/?digest=sha256:${sha}`
    expect(await heardFor('1.1', upload)).toMatch(/^HTTP\/1.1 100 [\s\S]*HTTP\/1.1 201 /)
    expect(await heardFor('1.0', upload)).toMatch(/^HTTP\/1.1 201 /)
    expect(await heardFor('1.0', '/')).toMatch(/^HTTP\/1.1 4/)
    expect(await heardFor('1.1', '/')).toMatch(/^HTTP\/1.1 100 [\s\S]*HTTP\/1.1 4/)
  })
})
