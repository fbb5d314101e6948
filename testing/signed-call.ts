import { createHash, createHmac } from 'node:crypto'
import { request } from 'node:http'

export interface Key {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface Caller extends Key {
  readonly port: number
  /** The address of loopback that the call comes from. */
  readonly from?: string
}

const PREFIXES = {
  'ecr-public': 'SpencerFrontendService',
  ecr: 'AmazonEC2ContainerRegistry_V20150921',
  berth: 'Berth_V1',
}
export type Service = keyof typeof PREFIXES

/**
 * The headers of a call of the control API over `body` (Signature Version 4). A forged call has zeros for a signature.
 */
export function signedHeaders(
  { port, ...key }: Key & { readonly port: number },
  [service, operation]: readonly [Service, string],
  body: string | Uint8Array,
  { forged = false } = {},
): Record<string, string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const signing = service === 'ecr' ? 'ecr' : 'ecr-public'
  const scope = [time.slice(0, 8), 'us-east-1', signing, 'aws4_request']
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.1',
    host: `127.0.0.1:${port}`,
    'x-amz-date': time,
    'x-amz-target': `${PREFIXES[service]}.${operation}`,
  }
  const names = Object.keys(headers)
  const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')
  const lines = names.map(name => `${name}:${headers[name]}\n`).join('')
  const canonical = ['POST', '/', '', lines, names.join(';'), sha256(body)].join('\n')
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n')
  const hmac = (secret: string | Uint8Array, part: string) => createHmac('sha256', secret).update(part).digest()
  const secret = scope.reduce<string | Uint8Array>(hmac, `AWS4${key.secretAccessKey}`)
  const signature = forged ? '0'.repeat(64) : hmac(secret, text).toString('hex')
  const credential = `Credential=${key.accessKeyId}/${scope.join('/')}`
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface Sent {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Sends one request over a connection of its own. Rejects where the server cuts it off. */
export function send(
  { port, from }: Pick<Caller, 'port' | 'from'>,
  { method = 'GET', path, headers, body = '' }: Sent,
) {
  return new Promise<Answer>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, localAddress: from, agent: false } as const
    const length = Buffer.byteLength(body)
    const sent = request({ ...options, headers: { ...headers, ...(length > 0 && { 'content-length': length }) } })
    sent.once('error', reject)
    sent.once('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('close', () => {
        if (!response.complete) reject(new Error('the answer was cut off'))
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) })
      })
    })
    sent.end(body)
  })
}

/** Calls one operation of the control API. */
export async function call(
  caller: Caller,
  target: readonly [Service, string],
  input: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const body = JSON.stringify(input)
  return send(caller, {
    method: 'POST',
    path: '/',
    headers: { ...signedHeaders(caller, target, body), ...headers },
    body,
  })
}
