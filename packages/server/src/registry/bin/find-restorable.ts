import type { Digest } from '../../domain/digest.ts'
import { type ImageRef, namedBy } from '../../domain/image-ref.ts'
import type { Tag } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId, RepositoryId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import type { LostTag } from '../../ports/rows/images/tag-history.ts'
import { restorable } from '../images/tag-history.ts'
import type { BinFailure } from './bin.ts'

/** The wish of one reference: a deleted image, or tags that a live image has lost, or both. */
export interface Wish {
  readonly digest: Digest
  /** The deleted image, whose own tags come back with it. Absent where the image is live. */
  readonly image: BinRow | undefined
  /** Tags that the image has lost while it stayed. */
  readonly tags: readonly Tag[]
  /** Tags that the reference names together with the image. The image gets them from whichever image has them now. */
  readonly named: readonly Tag[]
}

interface Found {
  readonly byDigest: ReadonlyMap<Digest, BinRow>
  readonly byTag: ReadonlyMap<Tag, BinRow>
  readonly lost: readonly LostTag[]
}

/**
 * Finds what `refs` name, each once. A tag names its last loss, with an image or without. A digest names its newest
 * deletion or, where the image is live, all tags that the image has lost. Deletions and losses whose time is over count
 * as gone.
 */
export async function findRestorable(
  rows: Rows,
  repositoryId: RepositoryId,
  refs: readonly ImageRef[],
  now: number,
): Promise<{ wishes: Wish[]; failures: BinFailure[] }> {
  const named = namedBy(refs)
  const lost = await restorable(rows, repositoryId, await rows.tagHistory.lostNamed(repositoryId, named, now), now)
  const digests = [...new Set([...named.digests, ...lost.map(row => row.from)])]
  const newest = await rows.restorable.newest(repositoryId, digests, now)
  const found: Found = {
    byDigest: new Map(newest.map(row => [row.digest, row])),
    byTag: await rows.restorable.newestTagged(repositoryId, named.tags, now),
    lost,
  }
  const live = await rows.images.existing(repositoryId, digests)
  const wishes = new Map<DeletionId | Digest, Wish>()
  const failures: BinFailure[] = []
  for (const ref of refs) {
    const answer = find(ref, found, live)
    if ('kind' in answer) failures.push({ ref, failure: answer })
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

function find(ref: ImageRef, found: Found, live: ReadonlySet<Digest>): Wish | BinFailure['failure'] {
  const { digest, tag, foreign } = ref
  if (foreign !== undefined) return { kind: 'unknown' }
  const { byDigest, byTag, lost } = found
  /** The image as it is now, with tags that it has lost. */
  const returning = (from: Digest, tags: readonly Tag[], named: readonly Tag[] = []): Wish => ({
    digest: from,
    tags,
    named,
    image: live.has(from) ? undefined : byDigest.get(from),
  })
  const whole = (image: BinRow, named: readonly Tag[] = []): Wish => ({ digest: image.digest, image, tags: [], named })

  if (digest === undefined) {
    const image = byTag.get(tag)
    const last = lost.findLast(row => row.tag === tag)
    if (last !== undefined && (image === undefined || last.movedAt > image.deletedAt))
      return returning(last.from, [last.tag])
    return image === undefined ? { kind: 'unknown' } : whole(image)
  }
  const image = byDigest.get(digest)
  if (tag === undefined) {
    if (image !== undefined) return whole(image)
    const tags = lost.filter(row => row.from === digest).map(row => row.tag)
    return tags.length === 0 ? { kind: 'unknown' } : returning(digest, tags)
  }
  if (image?.tags.includes(tag)) return whole(image, [tag])
  if (lost.some(row => row.tag === tag && row.from === digest)) return returning(digest, [tag], [tag])
  return { kind: image === undefined ? 'unknown' : 'tagElsewhere' }
}
