import { MOST_IDS, type Removal } from '../plan/plan.ts'

export interface ImageId {
  readonly imageDigest?: string
  readonly imageTag?: string
}

/**
 * The ids by which a removal is named to the registry. A whole image is named by each of its tags with its digest: a
 * tag that was moved since is then refused, and one that was added keeps the image. An image without tags, or with too
 * many, goes by its bare digest. `pairs` tells whether a tag of an image that stays may be named with its digest too:
 * Amazon does not document what that does, and it must not take the image.
 */
export function idsOf({ image, tags }: Removal, { pairs }: { readonly pairs: boolean }): readonly ImageId[] {
  const { digest: imageDigest } = image
  if (tags) return tags.map(imageTag => (pairs ? { imageDigest, imageTag } : { imageTag }))
  if (image.tags.length === 0 || image.tags.length > MOST_IDS) return [{ imageDigest }]
  return image.tags.map(imageTag => ({ imageDigest, imageTag }))
}

/**
 * Removals as calls of at most 100 ids, level by level: all calls of one level are answered before the next level
 * begins. The ids of one removal stay together.
 */
export function* batchesOf(removals: readonly Removal[]): Generator<readonly (readonly Removal[])[]> {
  const levels = new Map<number, Removal[]>()
  for (const removal of removals) {
    const level = levels.get(removal.level)
    if (level) level.push(removal)
    else levels.set(removal.level, [removal])
  }
  for (const [, level] of [...levels].sort(([a], [b]) => a - b)) yield packed(level)
}

function packed(removals: readonly Removal[]): Removal[][] {
  const batches: Removal[][] = []
  let room = 0
  for (const removal of removals) {
    const size = idsOf(removal, { pairs: true }).length
    const batch = batches.at(-1)
    if (batch && size <= room) batch.push(removal)
    else {
      batches.push([removal])
      room = MOST_IDS
    }
    room -= size
  }
  return batches
}
