import { createHmac, timingSafeEqual } from 'node:crypto'
import { decodeClaims, encodeClaims, type TokenClaims } from './claims.ts'

export interface TokenSigningKey {
  /** The header's `kid`. By it a key can be rotated while tokens of the old key are still in use. */
  readonly id: string
  readonly secret: Buffer
}

export type VerifiedToken =
  | { readonly ok: true; readonly claims: TokenClaims }
  | { readonly ok: false; readonly reason: 'invalid' }
  | { readonly ok: false; readonly reason: 'expired'; readonly claims: TokenClaims }

const INVALID: VerifiedToken = { ok: false, reason: 'invalid' }
/** Above what Node takes for a request's headers altogether. */
const MAX_CHARACTERS = 16_384

/**
 * Makes a registry password or bearer token: a JWS in compact form (RFC 7515), signed by HMAC-SHA256. It is made of
 * base64url and dots, so it holds no ':', at which `aws ecr-public get-login-password` splits what it decodes.
 */
export function issueToken(claims: TokenClaims, key: TokenSigningKey): string {
  const signed = `${encodeJson({ alg: 'HS256', kid: key.id })}.${encodeJson(encodeClaims(claims))}`
  return `${signed}.${signatureOf(signed, key.secret)}`
}

/**
 * Checks the signature before it believes anything of the payload. `expired` is told only of a token that was good
 * once.
 */
export function verifyToken(
  text: string,
  keyById: (id: string) => TokenSigningKey | undefined,
  nowMs: number,
): VerifiedToken {
  const parts = text.split('.', 4)
  const [header, payload, signature] = parts
  if (text.length > MAX_CHARACTERS || parts.length !== 3 || !header || !payload || !signature) return INVALID
  const keyId = keyIdOf(decodeJson(header))
  const key = keyId === undefined ? undefined : keyById(keyId)
  if (key === undefined || !sameText(signature, signatureOf(`${header}.${payload}`, key.secret))) return INVALID

  const claims = decodeClaims(decodeJson(payload))
  if (claims === undefined) return INVALID
  return nowMs < claims.expiresAtMs ? { ok: true, claims } : { ok: false, reason: 'expired', claims }
}

/** The algorithm is fixed: a token cannot choose a weaker one (RFC 8725, section 3.1). */
function keyIdOf(header: unknown): string | undefined {
  if (typeof header !== 'object' || header === null || !('alg' in header) || !('kid' in header)) return undefined
  return header.alg === 'HS256' && typeof header.kid === 'string' ? header.kid : undefined
}

function signatureOf(signed: string, secret: Buffer): string {
  return createHmac('sha256', secret).update(signed).digest('base64url')
}

/** Compares the texts, not the decoded bytes, for base64url has more than one spelling of the same bytes. */
function sameText(given: string, expected: string): boolean {
  const [givenBytes, expectedBytes] = [Buffer.from(given), Buffer.from(expected)]
  return givenBytes.length === expectedBytes.length && timingSafeEqual(givenBytes, expectedBytes)
}

const encodeJson = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function decodeJson(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
