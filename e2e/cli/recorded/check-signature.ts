/**
 * Signature Version 4, worked out anew from what reached the server (AWS General Reference, "Create a signed request").
 */
import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { RecordedAuth } from './recorded-case.ts'

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)$/

export interface SignedRequest {
  readonly method: string
  /** The request target as it was sent. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Who signed the request, and whether the signature is right by the secrets that are known. */
export function checkSignature(request: SignedRequest, secrets: Readonly<Record<string, string>>): RecordedAuth {
  const { authorization } = request.headers
  if (authorization === undefined) return { signed: false }
  const [, credential = '', signedHeaders = '', signature] = AUTHORIZATION.exec(authorization) ?? []
  if (signature === undefined) return { signed: true }
  const scope = credential.split('/')
  const [date = '', region = '', service = ''] = scope.slice(-4)
  const accessKey = scope.slice(0, -4).join('/')
  const secret = secrets[accessKey]
  const key = secret === undefined ? undefined : signingKey(secret, [date, region, service])
  const valid =
    key && canonicalRequests(request, signedHeaders).some(text => sign(key, request, text, scope) === signature)
  return { signed: true, access_key: accessKey, region, service, valid: valid ?? null }
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest()

const signingKey = (secret: string, scope: readonly string[]): Buffer =>
  [...scope, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))

function sign(key: Buffer, { headers }: SignedRequest, canonical: string, scope: readonly string[]): string {
  const day = scope.slice(-4, -1).join('/')
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'] ?? '', `${day}/aws4_request`, sha256(canonical)].join('\n')
  return hmac(key, text).toString('hex')
}

/** With the path as it was sent, and escaped once more: services differ in which of the two they sign. */
function canonicalRequests({ method, target, headers, body }: SignedRequest, signedHeaders: string): string[] {
  const [path = '', query = ''] = target.split(/\?(.*)/s)
  const lines = signedHeaders.split(';').map(name => `${name}:${headerOf(headers, name)}\n`)
  const hash = headers['x-amz-content-sha256'] ?? sha256(body)
  const escaped = (path || '/').split('/').map(escapeAll).join('/')
  return [path || '/', escaped].map(each =>
    [method, each, canonicalQuery(query), lines.join(''), signedHeaders, hash].join('\n'),
  )
}

const headerOf = (headers: IncomingHttpHeaders, name: string): string =>
  String(headers[name] ?? '')
    .trim()
    .replace(/\s+/g, ' ')

/** Escapes all but what RFC 3986 leaves unreserved. */
const escapeAll = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

function canonicalQuery(query: string): string {
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => `${escapeAll(name)}=${escapeAll(value)}`)
  return pairs.sort().join('&')
}
