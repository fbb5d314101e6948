import { createHash } from 'node:crypto'
import type { Brand } from './brand.ts'

export type DigestAlgorithm = 'sha256' | 'sha512'

/** `algorithm:hex`, in lower case and of the right length. Only `isDigest`, `digestOf` and `RunningHash` make one. */
export type Digest = Brand<`${DigestAlgorithm}:${string}`, 'Digest'>

/**
 * A digest of any algorithm, in the form of the Image Specification ("Digests"). A manifest may name it. Content is
 * stored under a `Digest` only.
 */
export type AnyDigest = Brand<string, 'Digest' | 'AnyDigest'>

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/
const ANY_DIGEST = /^(?!sha(?:256|512):)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/
/** The most characters of a digest: more than any algorithm has, and few enough for the indexes of databases. */
const ANY_DIGEST_CHARACTERS = 512

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}

export function isAnyDigest(text: string): text is AnyDigest {
  return DIGEST.test(text) || (text.length <= ANY_DIGEST_CHARACTERS && ANY_DIGEST.test(text))
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** The digest of bytes that are in memory whole, such as a manifest. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest
}
