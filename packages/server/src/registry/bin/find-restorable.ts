import { type ImageId, namedBy } from '../../domain/deletion.ts'
import { type Digest, isDigest } from '../../domain/digest.ts'
import { isTag, type Tag } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId, RepositoryId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import type { LostTag } from '../../ports/rows/images/tag-history.ts'
import { restorable } from '../images/tag-history.ts'
import type { BinFailure } from './bin.ts'

/** What an id asks for: a deleted image, or tags that a live one has lost, or both. */
export interface Wish {
  readonly digest: Digest
  /** Absent where the image is live. Its own tags come back with it. */
  readonly image: BinRow | undefined
  /** Tags that the image has lost while it stayed. */
  readonly tags: readonly Tag[]
  /** Those that the id names together with the image: it gets them from whichever image has them now. */
  readonly named: readonly Tag[]
}

interface Found {
  readonly byDigest: ReadonlyMap<string, BinRow>
  readonly byTag: ReadonlyMap<string, BinRow>
  readonly lost: readonly LostTag[]
}

/**
 * What `ids` name, each once: a tag what was lost of it last, with an image or without; a digest the newest deletion of
 * it or, where it is live, all tags that it has lost. What is over time counts as gone.
 */
export async function findRestorable(
  rows: Rows,
  repositoryId: RepositoryId,
  ids: readonly ImageId[],
  now: number,
): Promise<{ wishes: Wish[]; failures: BinFailure[] }> {
  const named = namedBy(ids)
  const lost = await restorable(rows, repositoryId, await rows.tagHistory.lostNamed(repositoryId, named, now), now)
  const digests = [...new Set([...named.digests, ...lost.map(row => row.from)])]
  const newest = await rows.bin.newest(repositoryId, digests, now)
  const found: Found = {
    byDigest: new Map(newest.map(row => [row.digest, row])),
    byTag: new Map(await rows.bin.newestTagged(repositoryId, named.tags, now)),
    lost,
  }
  const live = await rows.images.existing(repositoryId, digests)
  const wishes = new Map<DeletionId | Digest, Wish>()
  const failures: BinFailure[] = []
  for (const id of ids) {
    const answer = readId(id, found, live)
    if ('code' in answer) failures.push({ id, failure: answer })
    else {
      const key = answer.image?.id ?? answer.digest
      wishes.set(key, joined(wishes.get(key), answer))
    }
  }
  return { wishes: [...wishes.values()], failures }
}

const joined = (before: Wish | undefined, wish: Wish): Wish =>
  before === undefined
    ? wish
    : { ...wish, tags: [...before.tags, ...wish.tags], named: [...before.named, ...wish.named] }

function readId(
  { imageDigest, imageTag }: ImageId,
  { byDigest, byTag, lost }: Found,
  live: ReadonlySet<string>,
): Wish | BinFailure['failure'] {
  if (imageDigest === undefined && imageTag === undefined) return { code: 'MissingDigestAndTag' }
  if (imageDigest !== undefined && !isDigest(imageDigest)) return { code: 'InvalidImageDigest' }
  if (imageTag !== undefined && !isTag(imageTag)) return { code: 'InvalidImageTag' }
  /** The image as it is now, with tags that it has lost. */
  const returning = (digest: Digest, tags: readonly Tag[], named: readonly Tag[] = []): Wish => ({
    ...{ digest, tags, named },
    image: live.has(digest) ? undefined : byDigest.get(digest),
  })
  const whole = (image: BinRow, named: readonly Tag[] = []): Wish => ({ digest: image.digest, image, tags: [], named })

  if (imageDigest === undefined) {
    if (imageTag === undefined) return { code: 'MissingDigestAndTag' }
    const image = byTag.get(imageTag)
    const last = lost.findLast(row => row.tag === imageTag)
    if (last !== undefined && (image === undefined || last.movedAt > image.deletedAt))
      return returning(last.from, [last.tag])
    return image === undefined ? { code: 'ImageNotFound' } : whole(image)
  }
  const image = byDigest.get(imageDigest)
  if (imageTag === undefined) {
    if (image !== undefined) return whole(image)
    const tags = lost.filter(row => row.from === imageDigest).map(row => row.tag)
    return tags.length === 0 ? { code: 'ImageNotFound' } : returning(imageDigest, tags)
  }
  if (image?.tags.includes(imageTag)) return whole(image, [imageTag])
  if (lost.some(row => row.tag === imageTag && row.from === imageDigest))
    return returning(imageDigest, [imageTag], [imageTag])
  return { code: image === undefined ? 'ImageNotFound' : 'ImageTagDoesNotMatchDigest' }
}
