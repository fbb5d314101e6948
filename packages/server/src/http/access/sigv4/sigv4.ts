import { timingSafeEqual } from 'node:crypto'
import { ControlError } from '../../../domain/problem.ts'
import { type CredentialScope, parseAuthorization } from './authorization.ts'
import { canonicalRequest, stringToSign } from './canonical.ts'
import { createSigningKeys, hmac } from './signing-key.ts'
import { checkSkew, formatBasicTime, parseRequestTime } from './time.ts'

/** A request as it came over the wire. */
export interface SignedRequest {
  readonly method: string
  /** The path as sent, undecoded and without the query. */
  readonly path: string
  /** The query as sent, undecoded and without the `?`; empty where there is none. */
  readonly query: string
  /** Names and values in turn, as Node's `rawHeaders` has them. */
  readonly rawHeaders: readonly string[]
  /** The service that the credential must be scoped to, such as `ecr-public`: that of the operation asked for. */
  readonly service: string
  /**
   * The SHA-256 of the bytes that the server received, in lower-case hex. No header is believed about it. It is asked
   * for once the signer is known, so that a stranger's body need not be read, and the body is complete when it
   * resolves.
   */
  readonly bodySha256: () => Promise<string>
  readonly now: () => number
}

/** The facts about the owner of the key that the verifier must know. */
export interface Signer {
  readonly secret: string
}

export interface SigV4Options<Who extends Signer> {
  readonly signerOf: (accessKeyId: string) => Promise<Who | undefined>
  /**
   * The host that clients sign for where a proxy passes another one on. A client that reaches the server without the
   * proxy signs for the host that it names.
   */
  readonly publicHost?: string | undefined
  /** Seconds by which the client's clock may be off, either way. */
  readonly maxSkewSeconds?: number
}

export interface VerifiedSignature<Who extends Signer> {
  /** The signer as `signerOf` gave it before the body was asked for. */
  readonly signer: Who
  readonly region: string
}

/** Headers that change what a request means, and so must be under the signature wherever they occur. */
const MUST_BE_SIGNED = ['host', 'x-amz-date', 'x-amz-target', 'x-amz-security-token', 'x-amz-content-sha256']

const DOES_NOT_MATCH =
  'The request signature we calculated does not match the signature you provided. ' +
  'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

/**
 * Makes the check of AWS Signature Version 4 in the Authorization header. Presigned URLs are refused.
 * The check throws RegistryError `signatureMissing`, `signatureIncomplete`, `signatureMismatch` (a stale one too) or
 * `accessKeyUnknown`. No text of an error holds a secret or a signature.
 */
export function createSigV4Verifier<Who extends Signer>(
  options: SigV4Options<Who>,
): (request: SignedRequest) => Promise<VerifiedSignature<Who>> {
  const { signerOf, publicHost, maxSkewSeconds = 300 } = options
  const signingKeys = createSigningKeys()

  return async request => {
    const headers = groupHeaders(request.rawHeaders)
    refusePresigned(request.query)
    const authorizationText = onlyValue(headers, 'authorization')
    if (authorizationText === undefined) throw new ControlError({ kind: 'signatureMissing' })
    const { accessKeyId, scope, signedHeaders, signature } = parseAuthorization(authorizationText)

    checkSignedHeaders(headers, signedHeaders)
    const requestMs = requestTime(headers, signedHeaders)
    checkScope(scope, request.service, formatBasicTime(requestMs))
    checkSkew(requestMs, request.now(), maxSkewSeconds)
    const signer = await signerOf(accessKeyId)
    if (signer === undefined) throw new ControlError({ kind: 'accessKeyUnknown' })

    const bodySha256 = await request.bodySha256()
    // A body that is sent slowly must not make a signature last.
    checkSkew(requestMs, request.now(), maxSkewSeconds, ' when the body of the request was complete')
    checkContentHash(headers, bodySha256)
    const keys = signingKeys(accessKeyId, signer.secret, scope)
    const isSignedFor = (signed: Headers) => {
      const canonical = canonicalRequest({ ...request, bodySha256, headers: signed, signedHeaders })
      const expected = hmac(keys, stringToSign(formatBasicTime(requestMs), scope, canonical))
      // The parser let through 64 hexadecimal digits only, so both sides are 32 bytes.
      return timingSafeEqual(expected, Buffer.from(signature, 'hex'))
    }
    const isOurs = publicHost !== undefined && isSignedFor(new Map(headers).set('host', [publicHost]))
    if (!isOurs && !isSignedFor(headers)) throw mismatch(DOES_NOT_MATCH)
    return { signer, region: scope.region }
  }
}

type Headers = ReadonlyMap<string, readonly string[]>

function groupHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const value = rawHeaders[index + 1] ?? ''
    const values = headers.get(name)
    if (values === undefined) headers.set(name, [value])
    else values.push(value)
  }
  return headers
}

/** The one value of a header. Of two values it would be anyone's guess which one the rest of the server looks at. */
function onlyValue(headers: Headers, name: string): string | undefined {
  const [value, ...more] = headers.get(name) ?? []
  if (more.length > 0) throw incomplete(`The header '${name}' must not be sent twice.`)
  return value?.trim()
}

const PRESIGNED = /(?:^|&)x-amz-(?:signature|credential|algorithm)(?:=|&|$)/i

function refusePresigned(query: string): void {
  if (PRESIGNED.test(query)) throw incomplete('Presigned requests are not supported; sign the Authorization header.')
}

function checkSignedHeaders(headers: Headers, signedHeaders: readonly string[]): void {
  const signed = new Set(signedHeaders)
  if (!signed.has('host')) throw incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
  for (const name of MUST_BE_SIGNED) {
    if (onlyValue(headers, name) !== undefined && !signed.has(name)) {
      throw incomplete(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`)
    }
  }
  const absent = signedHeaders.find(name => !headers.has(name))
  if (absent !== undefined) throw incomplete(`The request lacks the signed header '${absent}'.`)
}

function requestTime(headers: Headers, signedHeaders: readonly string[]): number {
  const name = headers.has('x-amz-date') ? 'x-amz-date' : 'date'
  const text = onlyValue(headers, name)
  if (text === undefined || !signedHeaders.includes(name)) {
    throw incomplete("The request must have a signed 'X-Amz-Date' or 'Date' header.")
  }
  const ms = parseRequestTime(text)
  if (ms === undefined) throw incomplete('Date must be in ISO-8601 basic format: YYYYMMDDTHHMMSSZ.')
  return ms
}

function checkScope(scope: CredentialScope, service: string, time: string): void {
  if (scope.service !== service) throw mismatch(`Credential should be scoped to correct service: '${service}'.`)
  const day = time.slice(0, 8)
  if (scope.date !== day) {
    throw mismatch(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${scope.date}' != '${day}', from '${time}'.`,
    )
  }
}

function checkContentHash(headers: Headers, bodySha256: string): void {
  const claimed = onlyValue(headers, 'x-amz-content-sha256')
  if (claimed !== undefined && claimed !== bodySha256) {
    throw mismatch("The provided 'x-amz-content-sha256' header does not match what was computed.")
  }
}

function incomplete(reason: string): ControlError {
  return new ControlError({ kind: 'signatureIncomplete', reason })
}

function mismatch(reason: string): ControlError {
  return new ControlError({ kind: 'signatureMismatch', reason })
}
