import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sign } from './sign.ts'

/** The hash the official signer asks for, by Node's own functions. */
class Sha256 {
  readonly #hash: Hash | Hmac
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    const bytes = ArrayBuffer.isView(key) ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength) : key
    if (bytes === undefined) this.#hash = createHash('sha256')
    else this.#hash = createHmac('sha256', typeof bytes === 'string' ? bytes : new Uint8Array(bytes))
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data)
  }
  async digest() {
    return new Uint8Array(this.#hash.digest())
  }
  reset() {}
}

it('signs as the official signer does', async () => {
  const word = fc.stringMatching(/^[\w/+-]{1,20}$/)
  const arbitrary = fc.record({
    accessKeyId: word,
    secretAccessKey: word,
    sessionToken: fc.option(word, { nil: undefined }),
    region: fc.constantFrom('us-east-1', 'eu-west-1'),
    path: fc.array(fc.constantFrom('', '.', '..', 'some', 'a%20b', 'x:y@z', '~')).map(words => `/${words.join('/')}`),
    port: fc.constantFrom('', ':5000'),
    body: fc.string(),
    time: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
  })
  await fc.assert(
    fc.asyncProperty(
      arbitrary,
      async ({ region, path, port, body, time, accessKeyId, secretAccessKey, sessionToken }) => {
        const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
        const { protocol, host, hostname, search } = new URL(`http://127.0.0.1${port}`)
        const url = { protocol, host, hostname, port, pathname: path, search }
        const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Service.Operation' }
        const ours = sign({ url, headers, body }, { credentials, region, service: 'ecr-public', now: time })
        const official = new SignatureV4({
          credentials,
          region,
          service: 'ecr-public',
          sha256: Sha256,
          applyChecksum: false,
        })
        const theirs = await official.sign(
          {
            method: 'POST',
            protocol: 'http:',
            hostname: url.hostname,
            path: url.pathname,
            query: {},
            headers: { ...headers, host: url.host },
            body,
          },
          { signingDate: time },
        )
        expect(ours.headers['authorization']).toBe(theirs.headers['authorization'])
      },
    ),
    { numRuns: 50 },
  )
})
