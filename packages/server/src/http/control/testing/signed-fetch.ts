import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'

/** What smithy wants of a hash: a constructor that takes an optional HMAC key. */
class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = secret as NodeJS.ArrayBufferView | undefined
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key)
  }
  update(bytes: string | Uint8Array) {
    this.#hash.update(bytes)
  }
  async digest() {
    return this.#hash.digest()
  }
  reset() {}
}

export interface SignedCall {
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly service: string
  /** Of a call in JSON; without it the body is a form. */
  readonly target?: string
  readonly body: string
  readonly region?: string
  readonly signedAt?: Date
  /** The body to send in place of the one that was signed. */
  readonly sent?: string | ReadableStream
}

/** Sends a call of the control API that smithy has signed. */
export async function signedFetch(url: string, call: SignedCall): Promise<Response> {
  const { credentials, service, target, body, region = 'us-east-1', signedAt = new Date(), sent = body } = call
  const { protocol, hostname, port, host, pathname } = new URL(url)
  const headers: Record<string, string> =
    target === undefined
      ? { host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
      : { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 })
  const request = { method: 'POST', protocol, hostname, port: Number(port), path: pathname, query: {}, headers, body }
  const signed = await signer.sign(request, { signingDate: signedAt })
  return fetch(url, { method: 'POST', headers: signed.headers, body: sent, duplex: 'half' })
}
