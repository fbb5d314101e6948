import type { ImageId } from '../../domain/deletion.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { ANSWER_BYTES, refuseLargeAnswer } from '../../registry/answer-limit.ts'
import type { RepositoryRef } from '../../registry/context.ts'
import { type DescribedImage, findImages } from '../../registry/images/describe-images.ts'
import type { ControlCall } from './call.ts'

/** Read at a time: an image may have a thousand tags. */
const BATCH = 4

/**
 * The images that `ids` name, each once, as the wire has them: all of them in one answer.
 * @throws RegistryError `imageNotFound`, `parameterInvalid` where that would be too large, `unavailable`
 */
export async function describeNamed<Wire>(
  metadata: MetadataStore,
  repository: RepositoryRef,
  ids: readonly ImageId[],
  { makeRoom }: ControlCall,
  toWire: (image: DescribedImage) => Wire,
): Promise<Wire[]> {
  const found = new Map<string, Wire>()
  let sizeBytes = 0
  for (let at = 0; at < ids.length; at += BATCH) {
    if (at === BATCH) await makeRoom(ANSWER_BYTES)
    for (const image of await findImages(metadata, repository, ids.slice(at, at + BATCH))) {
      if (found.has(image.manifest.digest)) continue
      const wire = toWire(image)
      found.set(image.manifest.digest, wire)
      sizeBytes += Buffer.byteLength(JSON.stringify(wire)) + 1
      refuseLargeAnswer(found.size, sizeBytes)
    }
  }
  return [...found.values()]
}
