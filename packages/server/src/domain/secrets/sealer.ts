import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/**
 * Encrypts secrets that must be read again, such as those of access keys, so that the database alone does not tell
 * them.
 */
export interface Sealer {
  /** `context` names what the secret belongs to. It is not stored, and `open` needs the same one. */
  seal(plain: string, context: string): string
  /** Returns the plain text. @throws SealError where `seal` did not make the text with this key and context */
  open(sealed: string, context: string): string
}

/** The text was not sealed with this key and context, or not sealed at all. */
export class SealError extends Error {}

const VERSION = 'v1'
const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM under a 32-byte key. The sealed text is `v1.` and the base64url of nonce, ciphertext and tag. Nonces are
 * random, which is sound for far more secrets than a registry has users (2³² a key; NIST SP 800-38D, section 8.3).
 */
export function createSealer(key: Buffer): Sealer {
  if (key.length !== KEY_BYTES) throw new RangeError(`A sealing key must be ${KEY_BYTES} bytes long`)
  return {
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(boundData(context))
      const sealed = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${VERSION}.${sealed.toString('base64url')}`
    },

    open(sealed, context) {
      const bytes = parseSealed(sealed)
      const nonce = bytes.subarray(0, NONCE_BYTES)
      const ciphertext = bytes.subarray(NONCE_BYTES, -TAG_BYTES)
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(boundData(context))
        .setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new SealError('The sealed secret was changed, or belongs to another key or owner', { cause })
      }
    },
  }
}

/** The version is bound too, so that a later form cannot be passed off as this one. */
const boundData = (context: string): Buffer => Buffer.from(`${VERSION}.${context}`)

function parseSealed(sealed: string): Buffer {
  const text = sealed.startsWith(`${VERSION}.`) ? sealed.slice(VERSION.length + 1) : ''
  const bytes = Buffer.from(text, 'base64url')
  // Node's decoder skips what is not base64url; only the spelling that `seal` writes is taken.
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) {
    throw new SealError('The text is not a sealed secret')
  }
  return bytes
}
