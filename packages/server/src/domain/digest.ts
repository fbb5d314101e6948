import { createHash } from 'node:crypto'
import type { Brand } from './brand.ts'
import { RegistryError } from './problem.ts'

export type DigestAlgorithm = 'sha256' | 'sha512'

/** `algorithm:hex`, lower case, length checked. Only `parseDigest`, `digestOf` and `RunningHash` make one. */
export type Digest = Brand<`${DigestAlgorithm}:${string}`, 'Digest'>

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}

/** @throws RegistryError `digestInvalid` */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new RegistryError({ kind: 'digestInvalid', text })
  return text
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** The digest of bytes that are in memory whole, such as a manifest. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest
}
