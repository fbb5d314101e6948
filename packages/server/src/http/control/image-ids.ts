import type { DeletionFailure } from '../../domain/deletion.ts'
import { isDigest } from '../../domain/digest.ts'
import { type ImageRef, imageRef } from '../../domain/image-ref.ts'
import { isTag } from '../../domain/names.ts'
import { isLooseDigest } from './loose-digest.ts'

/** The API's name of an image: a digest, a tag, or both. Nothing of it has been checked. */
export interface ImageId {
  readonly imageDigest?: string | undefined
  readonly imageTag?: string | undefined
}

/** The API's grammar of a tag. */
export const TAG_PATTERN = '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'

/** Why an id names no image, as far as its text tells. */
export type ImageIdFault =
  | { readonly kind: 'nothingNamed' }
  | { readonly kind: 'digestMalformed' }
  | { readonly kind: 'tagMalformed' }
  | Extract<DeletionFailure, { kind: 'unknown' }>

/** An id, with what it names. */
export type ReadId =
  | { readonly id: ImageId; readonly ref: ImageRef }
  | { readonly id: ImageId; readonly fault: ImageIdFault }

/**
 * How digests are read. ECR Public's own operations take texts for digests that no image can have, and do not find
 * them; berth's take digests only.
 */
type DigestRule = 'loose' | 'strict'

/** Reads what a caller names: an image or a tag, or why the text names neither. */
export function readImageId(id: ImageId, rule: DigestRule): ReadId {
  const { imageDigest, imageTag } = id
  const isTaken = rule === 'loose' ? isLooseDigest : isDigest
  if (imageDigest === undefined && imageTag === undefined) return { id, fault: { kind: 'nothingNamed' } }
  if (imageDigest !== undefined && !isTaken(imageDigest)) return { id, fault: { kind: 'digestMalformed' } }
  if (imageTag !== undefined && !isTag(imageTag)) return { id, fault: { kind: 'tagMalformed' } }
  const ref = imageRef(imageDigest, imageTag)
  return ref === undefined ? { id, fault: { kind: 'unknown' } } : { id, ref }
}

/** The references that were read, without ids that name nothing. */
export const refsOf = (ids: readonly ReadId[]): ImageRef[] => ids.flatMap(id => ('ref' in id ? [id.ref] : []))

/** The ids, each once. */
export function distinctIds(ids: readonly ImageId[]): ImageId[] {
  return [
    ...new Map(ids.map(id => [JSON.stringify([id.imageDigest ?? null, id.imageTag ?? null]), id] as const)).values(),
  ]
}
