import { randomBytes } from 'node:crypto'

/** The key with which a user signs requests to the control API, in the shape that AWS's clients know. */
export interface AccessKey {
  /** A four-letter prefix and 16 upper-case base32 characters (80 random bits). */
  readonly accessKeyId: string
  /** 40 characters of base64 (240 random bits). */
  readonly secret: string
}

/** `longTerm` keys live until they are deleted; `temporary` ones come with an expiry. */
export type AccessKeyKind = 'longTerm' | 'temporary'

/** AWS's own prefixes: tools tell the kinds apart by them, and secret scanners find leaked ones. */
const PREFIX = { longTerm: 'AKIA', temporary: 'ASIA' } as const satisfies Record<AccessKeyKind, string>

/** RFC 4648, section 6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Makes a new access key of random characters. */
export function generateAccessKey(kind: AccessKeyKind): AccessKey {
  // 256 is a multiple of 32, so the low five bits of a byte favour no character.
  const suffix = Array.from(randomBytes(16), byte => BASE32.charAt(byte & 31)).join('')
  return { accessKeyId: PREFIX[kind] + suffix, secret: randomBytes(30).toString('base64') }
}
