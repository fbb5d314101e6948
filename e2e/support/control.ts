import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** An error answer of the control API. */
class ControlError extends Error {
  readonly code: string
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    const code = String(body['__type']).replace(/^.*#/, '')
    super(`${code} (${status}): ${body['message'] ?? body['Message']}`)
    this.code = code
    this.status = status
    this.body = body
  }
}

/** `node:crypto` in the form that the signer asks for. A secret makes it an HMAC. */
export class Sha256 {
  readonly #hash: Hash | Hmac
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret))
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data))
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {
    throw new Error('a hash is used once')
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}

/**
 * An operation of ECR Public by its name; one of another service by its whole target, such as `Berth_V1.RestoreImages`.
 */
const targetOf = (operation: string) => (operation.includes('.') ? operation : `SpencerFrontendService.${operation}`)

/** The headers of a call of the control API, signed over `body` by a library that is not ours. */
export async function signedHeaders(
  url: string,
  credentials: Credentials,
  operation: string,
  body: string | Uint8Array,
): Promise<Record<string, string>> {
  const { protocol, hostname, port, host } = new URL(url)
  const service = operation.startsWith('AmazonEC2ContainerRegistry_') ? 'ecr' : 'ecr-public'
  const signer = new SignatureV4({ service, region: 'us-east-1', credentials, sha256: Sha256 })
  const { headers } = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    port: Number(port),
    path: '/',
    query: {},
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': targetOf(operation),
    },
    body,
  })
  return headers
}

/** Calls one operation of the control API. @throws ControlError */
// biome-ignore lint/suspicious/noExplicitAny: outputs are untyped JSON here, as they are to any client without a model
export async function control(url: string, credentials: Credentials, operation: string, input: object): Promise<any> {
  const body = JSON.stringify(input)
  const headers = await signedHeaders(url, credentials, operation, body)
  const response = await fetch(url, { method: 'POST', headers, body })
  const output = JSON.parse(await response.text())
  if (!response.ok) throw new ControlError(response.status, output)
  return output
}

/** The password in an authorization token: what `get-login-password` prints. */
export async function loginPassword(url: string, credentials: Credentials): Promise<string> {
  const { authorizationData } = await control(url, credentials, 'GetAuthorizationToken', {})
  const [user, password] = Buffer.from(authorizationData.authorizationToken, 'base64').toString().split(':')
  if (user !== 'AWS' || !password) throw new Error('the authorization token is not base64 of AWS:<password>')
  return password
}
