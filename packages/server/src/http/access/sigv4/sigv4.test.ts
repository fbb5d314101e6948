import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem, type ProblemKind } from '../../../domain/problem.ts'
import { createSigV4Verifier, type SignedRequest } from './sigv4.ts'

const accessKeyId = 'AKIAABCDEFGHIJKLMNOP'
const secret = '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'
const nowMs = Date.UTC(2026, 10, 23, 12, 0, 0)

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

/** What smithy wants of a hash: a constructor that takes an optional HMAC key. */
class Sha256 {
  readonly #hash

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    const bytes = ArrayBuffer.isView(key) ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength) : key
    if (bytes === undefined) this.#hash = createHash('sha256')
    else this.#hash = createHmac('sha256', typeof bytes === 'string' ? bytes : new Uint8Array(bytes))
  }

  update(data: Uint8Array): void {
    this.#hash.update(data)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  reset(): void {
    throw new Error('smithy makes a new hash each time')
  }
}

interface Plan {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string | string[]>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly sendHash: boolean
  readonly signedAtMs: number
  readonly region: string
  readonly service: string
  readonly sessionToken?: string
}

const plain: Plan = {
  method: 'POST',
  path: '/',
  query: {},
  headers: {
    host: 'registry.example:5000',
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'SpencerFrontendService.PutImage',
  },
  body: '{}',
  sendHash: true,
  signedAtMs: nowMs,
  region: 'us-east-1',
  service: 'ecr-public',
}

const percentEncode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** Has smithy sign the plan, and puts the outcome as a server would see it. */
async function sign(changes: Partial<Plan> = {}): Promise<SignedRequest> {
  const plan = { ...plain, ...changes }
  const signer = new SignatureV4({
    credentials: {
      accessKeyId,
      secretAccessKey: secret,
      ...(plan.sessionToken === undefined ? {} : { sessionToken: plan.sessionToken }),
    },
    region: plan.region,
    service: plan.service,
    sha256: Sha256,
    applyChecksum: plan.sendHash,
  })
  const { method, path, query, body } = plan
  const signed = await signer.sign(
    {
      method,
      path,
      query: { ...query },
      body,
      headers: { ...plan.headers },
      protocol: 'http:',
      hostname: 'registry.example',
    },
    { signingDate: new Date(plan.signedAtMs) },
  )
  return {
    method,
    path,
    query: Object.entries(query)
      .flatMap(([name, value]) => [value].flat().map(item => `${percentEncode(name)}=${percentEncode(item)}`))
      .join('&'),
    rawHeaders: Object.entries(signed.headers).flat(),
    service: 'ecr-public',
    bodySha256: async () => sha256(body),
    now: () => nowMs,
  }
}

const verify = createSigV4Verifier({
  signerOf: async id => (id === accessKeyId ? { secret } : undefined),
})

/** The kind of the problem that the request runs into, or 'accepted'. */
async function outcome(request: SignedRequest, verifier = verify): Promise<ProblemKind | 'accepted'> {
  try {
    await verifier(request)
    return 'accepted'
  } catch (error) {
    for (const kind of ['signatureMissing', 'signatureIncomplete', 'signatureMismatch', 'accessKeyUnknown'] as const) {
      if (isProblem(error, kind)) return kind
    }
    throw error
  }
}

async function reason(request: SignedRequest): Promise<string> {
  const error: unknown = await verify(request).catch((thrown: unknown) => thrown)
  return isProblem(error, 'signatureMismatch') || isProblem(error, 'signatureIncomplete') ? error.problem.reason : ''
}

function headerOf({ rawHeaders }: SignedRequest, name: string): string {
  return rawHeaders[rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name) + 1] ?? ''
}

function withHeader(request: SignedRequest, name: string, change: (value: string) => string): SignedRequest {
  const rawHeaders = request.rawHeaders.map((text, index) =>
    index % 2 === 1 && request.rawHeaders[index - 1]?.toLowerCase() === name ? change(text) : text,
  )
  return { ...request, rawHeaders }
}

function withoutHeader(request: SignedRequest, name: string): SignedRequest {
  const kept = (index: number) => request.rawHeaders[index - (index % 2)]?.toLowerCase() !== name
  return { ...request, rawHeaders: request.rawHeaders.filter((_, index) => kept(index)) }
}

const withAuthorization = (request: SignedRequest, change: (value: string) => string) =>
  withHeader(request, 'authorization', change)

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
const plans: fc.Arbitrary<Partial<Plan>> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
  path: fc
    .array(
      fc.oneof(word, fc.string({ maxLength: 6, unit: 'grapheme' }).map(percentEncode), fc.constantFrom('.', '..', '')),
      {
        maxLength: 4,
      },
    )
    .map(segments => `/${segments.join('/')}`),
  query: fc.dictionary(
    word,
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 3 }),
    ),
    { maxKeys: 4, noNullPrototype: true },
  ),
  headers: fc
    .dictionary(
      word.map(name => `x-extra-${name}`),
      fc.stringMatching(/^[!-~][ -~\t]{0,12}$/),
      { maxKeys: 3, noNullPrototype: true },
    )
    .map(extra => ({ ...plain.headers, ...extra })),
  body: fc.string(),
  sendHash: fc.boolean(),
  signedAtMs: fc.integer({ min: nowMs - 300_000, max: nowMs + 300_000 }),
  region: fc.constantFrom('us-east-1', 'us-west-2', 'local'),
})

it('goes by the public host, whichever one a proxy passes on, and by the one that comes', async () => {
  const verifier = createSigV4Verifier({ signerOf: async () => ({ secret }), publicHost: 'public.example' })
  const seenAs = (request: SignedRequest, host: string) => ({
    ...request,
    rawHeaders: request.rawHeaders.map((text, index, all) => (all[index - 1]?.toLowerCase() === 'host' ? host : text)),
  })
  const outside = await sign({ headers: { ...plain.headers, host: 'public.example' } })
  const inside = await sign()
  for (const host of ['public.example', '127.0.0.1:5000', 'upstream'])
    expect(await outcome(seenAs(outside, host), verifier)).toBe('accepted')
  expect(await outcome(inside, verifier)).toBe('accepted')
  expect(await outcome(seenAs(inside, 'upstream'), verifier)).toBe('signatureMismatch')
  expect(await outcome(seenAs(outside, 'upstream'))).toBe('signatureMismatch')
})

describe('requests that smithy signed', () => {
  it('are accepted', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async plan => {
        const { region = '' } = plan
        await expect(verify(await sign(plan))).resolves.toEqual({ signer: { secret }, region })
      }),
      { numRuns: 150 },
    )
  })

  it('are refused after any one change', async () => {
    const flip = (character = '') => (character === '0' ? '1' : '0')
    const replaceAt = (text: string, at: number) => text.slice(0, at) + flip(text[at]) + text.slice(at + 1)
    await fc.assert(
      fc.asyncProperty(plans, fc.nat(), async (plan, pick) => {
        const request = await sign(plan)
        const signatureAt = headerOf(request, 'authorization').length - 64 + (pick % 64)
        const changed: SignedRequest[] = [
          { ...request, method: request.method === 'GET' ? 'POST' : 'GET' },
          { ...request, path: `${request.path}x` },
          { ...request, path: `${request.path}/new` },
          { ...request, query: `${request.query}&z=` },
          { ...request, query: request.query === '' ? 'a' : request.query.replace('=', '=0') },
          { ...request, bodySha256: async () => sha256('another body') },
          withAuthorization(request, text => replaceAt(text, signatureAt)),
          withAuthorization(request, text => text.replace(/\/(?:us-east-1|us-west-2|local)\//, '/elsewhere/')),
          withAuthorization(request, text => text.replace('/20261123/', '/20261122/')),
          withAuthorization(request, text => text.replace('ecr-public', 'ecr')),
          withAuthorization(request, text => text.replace('aws4_request', 'aws4_requesT')),
          withAuthorization(request, text => text.replace('SignedHeaders=', 'SignedHeaders=accept;')),
          withAuthorization(request, text => text.replace('content-type;', '')),
          withAuthorization(request, text => text.replace(accessKeyId, 'AKIAOTHER')),
          withHeader(request, 'x-amz-date', text => text.replace(/.Z$/, digit => `${flip(digit[0])}Z`)),
        ]
        for (const name of headerOf(request, 'authorization')
          .replace(/^.*SignedHeaders=|,.*$/g, '')
          .split(';')) {
          changed.push(
            withHeader(request, name, value => `${value}0`),
            withoutHeader(request, name),
          )
          changed.push({ ...request, rawHeaders: [...request.rawHeaders, name, 'again'] })
        }
        for (const one of changed) expect(await outcome(one)).not.toBe('accepted')
        const otherSecret = createSigV4Verifier({
          signerOf: async () => ({ secret: replaceAt(secret, pick % secret.length) }),
        })
        expect(await outcome(request, otherSecret)).toBe('signatureMismatch')
      }),
      { numRuns: 40 },
    )
  })

  it('may be spelt in another way that means the same', async () => {
    const request = await sign({
      path: '/a/b',
      query: { b: '1', a: ['y ~', 'x'] },
      headers: { ...plain.headers, 'x-extra': 'a b' },
    })
    expect(await outcome({ ...request, query: 'a=%79%20%7e&b=1&&a=x' })).toBe('accepted')
    expect(await outcome({ ...request, path: '//a/./c/../b' })).toBe('accepted')
    expect(await outcome(withHeader(request, 'x-extra', () => ' \ta   b '))).toBe('accepted')
    expect(await outcome(withAuthorization(request, text => text.replaceAll(', ', ',')))).toBe('accepted')
    const shouting = request.rawHeaders.map((text, index) => (index % 2 === 0 ? text.toUpperCase() : text))
    expect(await outcome({ ...request, rawHeaders: shouting })).toBe('accepted')
  })

  it('may carry a header twice where that is what was signed', async () => {
    const request = await sign({ headers: { ...plain.headers, 'x-extra': 'a,b' } })
    const split = withHeader(request, 'x-extra', () => 'a')
    expect(await outcome({ ...split, rawHeaders: [...split.rawHeaders, 'X-Extra', ' b'] })).toBe('accepted')
  })
})

describe('what is refused', () => {
  it('a request without a signature', async () => {
    expect(await outcome(withoutHeader(await sign(), 'authorization'))).toBe('signatureMissing')
  })

  it('a presigned one', async () => {
    const request = await sign()
    expect(await outcome({ ...request, query: `X-Amz-Signature=${'0'.repeat(64)}` })).toBe('signatureIncomplete')
    expect(await outcome({ ...withoutHeader(request, 'authorization'), query: 'X-Amz-Algorithm=a' })).toBe(
      'signatureIncomplete',
    )
  })

  it.each([
    ['another algorithm', (text: string) => text.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')],
    ['another scheme', () => 'Basic QVdTOng='],
    ['nothing', () => ''],
    ['no Signature', (text: string) => text.replace(/, Signature=.*$/, '')],
    ['a short Signature', (text: string) => text.slice(0, -2)],
    ['an upper-case Signature', (text: string) => text.replace(/[0-9a-f]{64}$/, 'A'.repeat(64))],
    ['a second Signature', (text: string) => `${text}, Signature=${'0'.repeat(64)}`],
    ['a stranger', (text: string) => `${text}, Extra=1`],
    ['four credential parts', (text: string) => text.replace('/aws4_request', '')],
    ['six credential parts', (text: string) => text.replace('/us-east-1', '/us-east-1/x')],
    ['unsorted headers', (text: string) => text.replace('content-type;host', 'host;content-type')],
    ['a repeated header', (text: string) => text.replace('host;', 'host;host;')],
    ['an upper-case header', (text: string) => text.replace('host;', 'Host;')],
    ['blanks inside', (text: string) => text.replace('Credential=A', 'Credential=A ')],
    ['host unsigned', (text: string) => text.replace('host;', '')],
    ['the date unsigned', (text: string) => text.replace('x-amz-date;', '')],
    ['the target unsigned', (text: string) => text.replace(';x-amz-target', '')],
    ['the body hash unsigned', (text: string) => text.replace('x-amz-content-sha256;', '')],
  ])('an Authorization with %s', async (_, change) => {
    expect(await outcome(withAuthorization(await sign(), change))).toBe('signatureIncomplete')
  })

  it('a session token that is not signed', async () => {
    const request = await sign()
    expect(await outcome({ ...request, rawHeaders: [...request.rawHeaders, 'X-Amz-Security-Token', 't'] })).toBe(
      'signatureIncomplete',
    )
    expect(await outcome(await sign({ sessionToken: 't' }))).toBe('accepted')
  })

  it('an unknown access key', async () => {
    const nobody = createSigV4Verifier({ signerOf: async () => undefined })
    expect(await outcome(await sign(), nobody)).toBe('accessKeyUnknown')
  })

  it('another service, unless it is asked for', async () => {
    const request = await sign({ service: 'ecr' })
    expect(await reason(request)).toBe("Credential should be scoped to correct service: 'ecr-public'.")
    expect(await outcome({ ...request, service: 'ecr' })).toBe('accepted')
  })

  it('a body hash that the server did not compute', async () => {
    const headers = { ...plain.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
    expect(await reason(await sign({ headers }))).toBe(
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  })

  it('a steering header sent twice, even if that is what was signed', async () => {
    const request = await sign({ headers: { ...plain.headers, 'x-amz-target': 'A,B' } })
    const split = withHeader(request, 'x-amz-target', () => 'A')
    expect(await outcome({ ...split, rawHeaders: [...split.rawHeaders, 'X-Amz-Target', 'B'] })).toBe(
      'signatureIncomplete',
    )
  })

  it('an absent header, though it was signed as empty', async () => {
    const request = await sign({ headers: { ...plain.headers, 'x-extra': '' } })
    expect(await outcome(request)).toBe('accepted')
    expect(await outcome(withoutHeader(request, 'x-extra'))).toBe('signatureIncomplete')
  })

  it('a scope of another day', async () => {
    const request = withAuthorization(await sign(), text => text.replace('/20261123/', '/20261122/'))
    expect(await reason(request)).toBe(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        "'20261122' != '20261123', from '20261123T120000Z'.",
    )
  })

  it('an old signature, and one from the future', async () => {
    expect(await reason(await sign({ signedAtMs: nowMs - 301_000 }))).toBe(
      'Signature expired: 20261123T115459Z is now earlier than 20261123T115500Z (20261123T120000Z - 5 min.)',
    )
    expect(await reason(await sign({ signedAtMs: nowMs + 301_000 }))).toBe(
      'Signature not yet current: 20261123T120501Z is still later than 20261123T120500Z (20261123T120000Z + 5 min.)',
    )
    const patient = createSigV4Verifier({
      signerOf: async () => ({ secret }),
      maxSkewSeconds: 3600,
    })
    expect(await outcome(await sign({ signedAtMs: nowMs - 3_000_000 }), patient)).toBe('accepted')
  })

  it('one that grew old while its body came', async () => {
    const request = await sign({ signedAtMs: nowMs - 299_000 })
    let passedMs = 0
    const slow = {
      ...request,
      now: () => nowMs + passedMs,
      bodySha256: () => {
        passedMs = 2_000
        return request.bodySha256()
      },
    }
    expect(await outcome(request)).toBe('accepted')
    expect(await reason(slow)).toMatch(/^Signature expired: .* when the body of the request was complete$/)
  })

  it('without telling the secret or the signature', async () => {
    const request = withAuthorization(await sign(), text => text.replace(/.$/, last => (last === '0' ? '1' : '0')))
    const error: unknown = await verify(request).catch((thrown: unknown) => thrown)
    const told = JSON.stringify(error, Object.getOwnPropertyNames(error)) + (await reason(request))
    expect(told).toContain('does not match')
    expect(told).not.toContain(secret)
    expect(told).not.toMatch(/[0-9a-f]{64}/)
  })
})
