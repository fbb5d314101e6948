import { ControlError } from '../../domain/problem.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { ANSWER_BYTES, refuseLargeAnswer } from '../../registry/answer-limit.ts'
import { type RepositoryRef, words } from '../../registry/context.ts'
import { type DescribedImage, findImages } from '../../registry/images/describe-images.ts'
import type { ControlCall } from './call.ts'
import { type ImageId, type ReadId, readImageId, refsOf } from './image-ids.ts'

/** How many images are read at a time: one may have a thousand tags. */
const BATCH = 4

/**
 * The images that `ids` name, each once, in the form of the wire and in one answer.
 * @throws ProblemError `imageNotFound`, `parameterInvalid` where the answer would be too large, `unavailable`
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
    for (const image of await findAll(metadata, repository, ids.slice(at, at + BATCH))) {
      if (found.has(image.manifest.digest)) continue
      const wire = toWire(image)
      found.set(image.manifest.digest, wire)
      sizeBytes += Buffer.byteLength(JSON.stringify(wire)) + 1
      refuseLargeAnswer(found.size, sizeBytes)
    }
  }
  return [...found.values()]
}

/** Finds all of the images. The first id that names nothing fails the call, be it malformed or unknown. */
async function findAll(
  metadata: MetadataStore,
  repository: RepositoryRef,
  ids: readonly ImageId[],
): Promise<DescribedImage[]> {
  const read = ids.map(id => readImageId(id, 'loose'))
  const fault = read.findIndex(id => 'fault' in id)
  const images = await findImages(metadata, repository, refsOf(fault < 0 ? read : read.slice(0, fault)))
  const bad: ReadId | undefined = read[fault]
  if (bad === undefined) return images
  const { imageDigest: digest, imageTag: tag } = bad.id
  throw new ControlError({ kind: 'imageNotFound', digest, tag, ...words(repository) })
}
