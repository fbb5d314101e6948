import { createHmac, timingSafeEqual } from 'node:crypto'

export interface TokenSigningKey {
  /** The header's `kid`. By it a key can be rotated while tokens of the old key are still in use. */
  readonly id: string
  readonly secret: Buffer
}

/** The most characters of a document: more than Node takes for a request's headers altogether. */
const MAX_CHARACTERS = 16_384

/**
 * Signs a document: a JWS in compact form (RFC 7515), by HMAC-SHA256, made of base64url and dots. Each purpose has a
 * key of its own that is made of the signing key, so that what is signed for one purpose is good for no other.
 */
export function signDocument(document: object, key: TokenSigningKey, purpose?: string): string {
  const signed = `${encodeJson({ alg: 'HS256', kid: key.id })}.${encodeJson(document)}`
  return `${signed}.${signatureOf(signed, secretFor(key, purpose))}`
}

/**
 * The document that was signed for that purpose. Undefined where the signature is not good: nothing is believed then.
 */
export function openDocument(
  text: string,
  keyById: (id: string) => TokenSigningKey | undefined,
  purpose?: string,
): unknown {
  const parts = text.split('.', 4)
  const [header, payload, signature] = parts
  if (text.length > MAX_CHARACTERS || parts.length !== 3 || !header || !payload || !signature) return undefined
  const keyId = keyIdOf(decodeJson(header))
  const key = keyId === undefined ? undefined : keyById(keyId)
  if (key === undefined) return undefined
  const expected = signatureOf(`${header}.${payload}`, secretFor(key, purpose))
  return sameText(signature, expected) ? decodeJson(payload) : undefined
}

/** Compares the texts, not the decoded bytes, for base64url has more than one spelling of the same bytes. */
export function sameText(given: string, expected: string): boolean {
  const [givenBytes, expectedBytes] = [Buffer.from(given), Buffer.from(expected)]
  return givenBytes.length === expectedBytes.length && timingSafeEqual(givenBytes, expectedBytes)
}

const secretFor = ({ secret }: TokenSigningKey, purpose: string | undefined): Buffer =>
  purpose === undefined ? secret : createHmac('sha256', secret).update(purpose).digest()

/** The algorithm is fixed: a token cannot choose a weaker one (RFC 8725, section 3.1). */
function keyIdOf(header: unknown): string | undefined {
  if (typeof header !== 'object' || header === null || !('alg' in header) || !('kid' in header)) return undefined
  return header.alg === 'HS256' && typeof header.kid === 'string' ? header.kid : undefined
}

function signatureOf(signed: string, secret: Buffer): string {
  return createHmac('sha256', secret).update(signed).digest('base64url')
}

const encodeJson = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function decodeJson(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
