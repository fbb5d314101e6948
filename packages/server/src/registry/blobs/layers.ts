import { isDigest } from '../../domain/digest.ts'
import { ControlError, RegistryError } from '../../domain/problem.ts'
import type { Holder } from '../../ports/memory.ts'
import type { BlobRow } from '../../ports/rows/blobs/blobs.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import { type RegistryContext, type RepositoryRef, words } from '../context.ts'
import type { Uploads } from './uploads.ts'

/** One part as its caller describes it. Both positions are bytes of the layer, and inclusive. */
export interface LayerPart {
  readonly firstByte: number
  readonly lastByte: number
  readonly bytes: Buffer
  readonly holder?: Holder | undefined
}

/**
 * Appends one part and returns the position of the last byte received. Whether a part is too small shows only when
 * another part follows, so that is told at the end of the upload.
 * @throws ProblemError `layerPartInvalid`, `quotaExceeded`, and as `Uploads.append`
 */
export async function uploadLayerPart(
  { metadata, quotas }: RegistryContext,
  uploads: Uploads,
  repository: RepositoryRef,
  id: UploadId,
  { firstByte, lastByte, bytes, holder }: LayerPart,
): Promise<number> {
  const { parts } = await uploads.find(repository, id)
  if (parts >= quotas.layerParts) throw overQuota('layer parts', quotas.layerParts, repository)
  const reason = partFault({ firstByte, lastByte, bytes }, quotas.layerPartMaxBytes)
  if (reason !== undefined) {
    const received = await uploads.sizeBytes(repository, id)
    const facts = { reason, uploadId: id, lastByte: received - 1 }
    throw new ControlError({ kind: 'layerPartInvalid', ...facts, ...words(repository) })
  }
  if (lastByte >= quotas.layerMaxBytes) throw overQuota('layer size', quotas.layerMaxBytes, repository)
  const partBytes = bytes.length // the bytes themselves are gone once they are stored
  const body = (async function* () {
    yield bytes
  })()
  const received = await uploads.append(repository, id, { body, firstByte, lengthBytes: partBytes, holder })
  await metadata.transaction(async rows => {
    const row = await rows.uploads.find(repository.id, id)
    if (row === undefined) throw new RegistryError({ kind: 'uploadUnknown', uploadId: id, ...words(repository) })
    const previousWasSmall = row.parts > 0 && row.lastPartBytes < quotas.layerPartMinBytes
    await rows.uploads.addPart(id, {
      parts: row.parts + 1,
      lastPartBytes: partBytes,
      hasSmallPart: row.hasSmallPart || previousWasSmall,
    })
  })
  return received - 1
}

/**
 * Makes the parts a layer, which the repository must not hold already.
 * @throws ControlError `uploadEmpty`, `layerPartTooSmall`, and as `Uploads.complete`
 */
export async function completeLayerUpload(
  uploads: Uploads,
  repository: RepositoryRef,
  id: UploadId,
  digests: readonly string[],
): Promise<BlobRow> {
  const { hasSmallPart } = await uploads.find(repository, id)
  // The bytes are asked for, not the parts: the bytes of a part that a crash kept from being counted are there all the
  // same.
  const received = await uploads.sizeBytes(repository, id)
  if (received === 0) throw new ControlError({ kind: 'uploadEmpty', uploadId: id, ...words(repository) })
  if (hasSmallPart) throw new ControlError({ kind: 'layerPartTooSmall' })
  // A text that is no digest of an algorithm that the registry computes cannot match. It is no error of its own.
  return uploads.complete(repository, id, { digests: digests.filter(isDigest), refuseExisting: true })
}

function partFault({ firstByte, lastByte, bytes }: LayerPart, maxBytes: number): string | undefined {
  if (bytes.length === 0) return 'it is empty'
  if (bytes.length > maxBytes) return `it has ${bytes.length} bytes, and ${maxBytes} are allowed`
  if (lastByte - firstByte + 1 !== bytes.length)
    return `it has ${bytes.length} bytes, which are not those from ${firstByte} to ${lastByte}`
  return undefined
}

function overQuota(quota: string, limit: number, repository: RepositoryRef): RegistryError {
  return new RegistryError({ kind: 'quotaExceeded', quota, limit, ...words(repository) })
}
