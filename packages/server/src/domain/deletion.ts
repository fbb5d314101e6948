import { type Digest, isDigest } from './digest.ts'
import { isTag, type Tag } from './names.ts'

/** What a caller names: a tag, a digest, or both; nothing of it has been checked. */
export interface ImageId {
  readonly imageDigest?: string | undefined
  readonly imageTag?: string | undefined
}

/** Why one id was not deleted; `parents` are the indexes that hold an image. */
export type DeletionFailure =
  | { code: 'InvalidImageDigest' | 'InvalidImageTag' | 'MissingDigestAndTag' }
  | { code: 'ImageNotFound' | 'ImageTagDoesNotMatchDigest' }
  | { code: 'ImageReferencedByManifestList'; parents: readonly Digest[] }
  /** The repository's owner protects these tags of the image. */
  | { code: 'ImageProtected'; tags: readonly Tag[] }

/** The rows that a decision rests on, all read in the deleting transaction. */
export interface DeletionFacts {
  /** Where each named tag points. */
  readonly tags: ReadonlyMap<Tag, Digest>
  /** Every tag of each named or pointed-to image that is live; an image without tags has an empty list. */
  readonly images: ReadonlyMap<Digest, readonly Tag[]>
  /** The live indexes that list each of those images: all of them, or more than there are images. */
  readonly parents: ReadonlyMap<Digest, readonly Digest[]>
  /** Tells the tags that keep their image, and stay themselves. */
  readonly isProtected: (tag: Tag) => boolean
}

export interface DeletionPlan {
  /** Images to remove, with all tags they still have. */
  readonly images: readonly Digest[]
  /** Tags to take from images that stay. */
  readonly tags: readonly Tag[]
  /** What goes, one row a tag; an untagged image is one row without a tag. */
  readonly deleted: readonly { digest: Digest; tag: Tag | undefined }[]
  readonly failures: readonly { id: ImageId; failure: DeletionFailure }[]
}

/** ECR's own rule for `imageDigest` is loose: what passes it but is no digest is simply not found. */
const LOOSE_DIGEST = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/

/** The tags and digests that `facts` must be gathered for. */
export function namedBy(ids: readonly ImageId[]): { tags: Tag[]; digests: Digest[] } {
  const tags = new Set<Tag>()
  const digests = new Set<Digest>()
  for (const { imageTag, imageDigest } of ids) {
    if (imageTag !== undefined && isTag(imageTag)) tags.add(imageTag)
    if (imageDigest !== undefined && isDigest(imageDigest)) digests.add(imageDigest)
  }
  return { tags: [...tags], digests: [...digests] }
}

/** An id that was found: the image it leads to, and the tag where it named one. */
type Wish = { digest: Digest; tag: Tag | undefined }

/**
 * Works out one BatchDeleteImage on the set of its ids, so that their order never matters:
 * a digest asks for the image and all its tags; a tag, alone or with its digest, asks for that tag,
 * and where no other tag is left, for the image. An image that a remaining index lists stays, and so
 * does its last tag; an index and its children may go in one call. A protected tag stays, and so does its image.
 */
export function planDeletion(ids: readonly ImageId[], facts: DeletionFacts): DeletionPlan {
  const failures: { id: ImageId; failure: DeletionFailure }[] = []
  const wishes: { id: ImageId; wish: Wish }[] = []
  for (const id of distinct(ids)) {
    const answer = readId(id, facts)
    const failure = 'code' in answer ? answer : protection(answer, facts)
    if (failure !== undefined) failures.push({ id, failure })
    else if ('digest' in answer) wishes.push({ id, wish: answer })
  }

  const images = withoutHeld(imagesWanted(wishes, facts), facts.parents)
  const tags = new Set<Tag>()
  const whole = new Set<Digest>()
  const deleted: { digest: Digest; tag: Tag | undefined }[] = []
  for (const { id, wish } of wishes) {
    const { digest, tag } = wish
    if (images.has(digest)) {
      if (whole.has(digest)) continue
      whole.add(digest)
      const own = facts.images.get(digest) ?? []
      if (own.length === 0) deleted.push({ digest, tag: undefined })
      for (const each of own) deleted.push({ digest, tag: each })
    } else if (tag !== undefined && hasOtherTags(digest, wishes, facts)) {
      if (tags.has(tag)) continue
      tags.add(tag)
      deleted.push({ digest, tag })
    } else {
      failures.push({ id, failure: { code: 'ImageReferencedByManifestList', parents: holders(digest, images, facts) } })
    }
  }
  return { images: [...images], tags: [...tags], deleted, failures }
}

function distinct(ids: readonly ImageId[]): ImageId[] {
  const seen = new Map<string, ImageId>()
  for (const id of ids) {
    const key = JSON.stringify([id.imageDigest ?? null, id.imageTag ?? null])
    if (!seen.has(key)) seen.set(key, id)
  }
  return [...seen.values()]
}

function readId({ imageDigest, imageTag }: ImageId, facts: DeletionFacts): Wish | DeletionFailure {
  if (imageDigest === undefined && imageTag === undefined) return { code: 'MissingDigestAndTag' }
  if (imageDigest !== undefined && !LOOSE_DIGEST.test(imageDigest)) return { code: 'InvalidImageDigest' }
  if (imageTag !== undefined && !isTag(imageTag)) return { code: 'InvalidImageTag' }
  if (imageTag === undefined) {
    const live = imageDigest !== undefined && isDigest(imageDigest) && facts.images.has(imageDigest)
    return live ? { digest: imageDigest, tag: undefined } : { code: 'ImageNotFound' }
  }
  const pointsTo = facts.tags.get(imageTag)
  if (pointsTo === undefined) return { code: 'ImageNotFound' }
  if (imageDigest !== undefined && imageDigest !== pointsTo) return { code: 'ImageTagDoesNotMatchDigest' }
  return { digest: pointsTo, tag: imageTag }
}

/** A digest asks for all tags of its image, so that one protected tag is enough to refuse it. */
function protection({ digest, tag }: Wish, facts: DeletionFacts): DeletionFailure | undefined {
  const asked = tag === undefined ? (facts.images.get(digest) ?? []) : [tag]
  const tags = asked.filter(facts.isProtected)
  return tags.length === 0 ? undefined : { code: 'ImageProtected', tags }
}

/** Images asked for by digest, and those whose every tag is asked for. */
function imagesWanted(wishes: readonly { wish: Wish }[], facts: DeletionFacts): Set<Digest> {
  const wanted = wishes.filter(({ wish }) => wish.tag === undefined || !hasOtherTags(wish.digest, wishes, facts))
  return new Set(wanted.map(({ wish }) => wish.digest))
}

/** The largest part of `wanted` in which no image is listed by an index outside of it. */
export function withoutHeld(wanted: ReadonlySet<Digest>, parents: DeletionFacts['parents']): Set<Digest> {
  const going = new Set(wanted)
  for (let settled = false; !settled; ) {
    settled = true
    for (const digest of going) {
      if ((parents.get(digest) ?? []).every(parent => going.has(parent))) continue
      going.delete(digest)
      settled = false
    }
  }
  return going
}

function holders(digest: Digest, going: ReadonlySet<Digest>, facts: DeletionFacts): Digest[] {
  return (facts.parents.get(digest) ?? []).filter(parent => !going.has(parent))
}

/** True when the image would keep a tag after all tags named in the call were gone. */
function hasOtherTags(digest: Digest, wishes: readonly { wish: Wish }[], facts: DeletionFacts): boolean {
  const named = new Set(wishes.filter(({ wish }) => wish.digest === digest).map(({ wish }) => wish.tag))
  return (facts.images.get(digest) ?? []).some(tag => !named.has(tag))
}
