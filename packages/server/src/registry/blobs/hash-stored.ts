import type { Digest, DigestAlgorithm } from '../../domain/digest.ts'
import { RunningHash } from '../../domain/running-hash.ts'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'

/**
 * The digest of the bytes that are stored under a key; undefined where there are none. `onRead` is told how many bytes
 * each piece has.
 * @throws whatever the store throws
 */
export async function hashStored(
  blobs: Pick<BlobStore, 'read'>,
  key: StorageKey,
  algorithm: DigestAlgorithm,
  onRead?: (sizeBytes: number) => void,
): Promise<Digest | undefined> {
  const pieces = await blobs.read(key)
  if (pieces === undefined) return undefined
  const hash = new RunningHash(algorithm)
  for await (const bytes of pieces) {
    hash.update(bytes)
    onRead?.(bytes.length)
  }
  return hash.digest()
}
