import { createHash, type Hash } from 'node:crypto'
import type { Digest, DigestAlgorithm } from './digest.ts'

/** Hashes bytes that come one after the other. */
export class RunningHash {
  readonly algorithm: DigestAlgorithm
  readonly #hash: Hash
  #sizeBytes = 0

  constructor(algorithm: DigestAlgorithm) {
    this.algorithm = algorithm
    this.#hash = createHash(algorithm)
  }

  update(bytes: Buffer): void {
    this.#hash.update(bytes)
    this.#sizeBytes += bytes.length
  }

  /** How many bytes were hashed so far. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The digest of the bytes so far. More bytes may follow. */
  digest(): Digest {
    return `${this.algorithm}:${this.#hash.copy().digest('hex')}` as Digest
  }
}
