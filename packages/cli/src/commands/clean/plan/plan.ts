import { type Family, type Image, nameOf, shortDigest } from '../inventory/image.ts'
import { isPart, type Wish } from '../selection/select.ts'

/** The most ids that one BatchDeleteImage takes. */
export const MOST_IDS = 100

/** One thing to do: to delete an image, or tags whose image stays. */
export interface Removal {
  readonly image: Image
  /** The tags to delete, at most 100; undefined when the image goes with all of them. */
  readonly tags?: readonly string[]
  readonly reason: string
  /** 0 for an image that no other going image names. Others have a level one above the last of those that name them. */
  readonly level: number
  /** The digests of the images that name this one: unless they go, this one stays. Empty where only tags go. */
  readonly holders: readonly string[]
}

/** An image that the selectors take and that stays all the same. */
export interface Held {
  readonly image: Image
  readonly reason: string
}

export interface RepositoryPlan {
  readonly imageCount: number
  /** The removals, level by level, the oldest images first. */
  readonly removals: readonly Removal[]
  readonly held: readonly Held[]
  /** Indexes that could not be read, with the reason. */
  readonly unreadable: ReadonlyMap<string, string>
  /** Selected images whose manifests could not be read, with the reason. */
  readonly unread: ReadonlyMap<string, string>
}

/**
 * Plans what goes. An image that a staying index lists stays. What is untagged and belongs to other images (the images
 * of an index, signatures) goes and stays with them. While an index cannot be read, it might list any image, so
 * nothing else goes.
 */
export function planRemovals(
  images: readonly Image[],
  family: Family,
  wishes: ReadonlyMap<Image, Wish>,
): RepositoryPlan {
  const byDigest = new Map(images.map(image => [image.digest, image]))
  const holders = (image: Image) => holdersOf(image, family)
  const named = namedBy(images, family)
  const going = goingAmong(images, { named, family, wishes })
  const levels = levelsOf(going, named, family)
  const removals: Removal[] = []
  const held: Held[] = []
  const nameOfDigest = (digest: string) => nameOf(byDigest.get(digest) ?? { digest, tags: [] })
  for (const image of images) {
    const wish = wishes.get(image)
    if (going.has(image)) {
      const part = isPart(image, family)
      const reason = part ? `${relation(image, family)} ${shortDigest(holders(image)[0] ?? '')}` : (wish?.reason ?? '')
      removals.push({ image, reason, level: levels.get(image) ?? 0, holders: holders(image) })
    } else if (wish?.tags) {
      for (let i = 0; i < wish.tags.length; i += MOST_IDS) {
        removals.push({ image, tags: wish.tags.slice(i, i + MOST_IDS), reason: wish.reason, level: 0, holders: [] })
      }
    } else if (wish) {
      const unreadable = othersUnreadable(image, family)
      const unread = family.unread.get(image.digest)
      const holder = holders(image).find(digest => !going.has(byDigest.get(digest) ?? image))
      const reason = unreadable
        ? `may be listed by ${nameOfDigest(unreadable)}, which cannot be read`
        : unread
          ? `may be attached to another image: its manifest cannot be read (${unread})`
          : `${relation(image, family)} ${nameOfDigest(holder ?? '')}, which stays`
      held.push({ image, reason })
    }
  }
  removals.sort((a, b) => a.level - b.level || a.image.pushedAt - b.image.pushedAt)
  const staying = new Set(held.map(({ image }) => image.digest))
  const unread = new Map([...family.unread].filter(([digest]) => staying.has(digest)))
  return { imageCount: images.length, removals, held, unreadable: family.unreadable, unread }
}

/** Which other images each image names, by the digest of the image that names them. */
function namedBy(images: readonly Image[], family: Family): ReadonlyMap<string, readonly Image[]> {
  const named = new Map<string, Image[]>()
  for (const image of images) {
    for (const holder of holdersOf(image, family)) {
      const list = named.get(holder)
      if (list) list.push(image)
      else named.set(holder, [image])
    }
  }
  return named
}

interface Reasons {
  readonly named: ReadonlyMap<string, readonly Image[]>
  readonly family: Family
  readonly wishes: ReadonlyMap<Image, Wish>
}

/**
 * The images that go whole: as many as possible of those wanted, and of those that belong to them, such that nothing
 * that stays is broken.
 */
function goingAmong(images: readonly Image[], { named, family, wishes }: Reasons): ReadonlySet<Image> {
  const isWanted = (image: Image) => {
    if (family.unread.has(image.digest)) return false
    const wish = wishes.get(image)
    return isPart(image, family) || (wish !== undefined && wish.tags === undefined)
  }
  const going = new Set(images.filter(image => isWanted(image) && othersUnreadable(image, family) === undefined))
  // An image that stays keeps the images that it names, and those keep the images that they name.
  const staying = images.filter(image => !going.has(image))
  for (let image = staying.pop(); image; image = staying.pop()) {
    for (const part of named.get(image.digest) ?? []) if (going.delete(part)) staying.push(part)
  }
  return going
}

/** The digests without whose removal an image cannot go. */
function holdersOf(image: Image, family: Family): readonly string[] {
  const listed = family.listedBy.get(image.digest) ?? []
  const subject = isPart(image, family) ? family.attachedTo.get(image.digest) : undefined
  return subject === undefined ? listed : [...listed, subject]
}

const relation = ({ digest }: Image, { listedBy }: Family) => (listedBy.has(digest) ? 'listed by' : 'attached to')

/** Another index that might list the image, because it could not be read. */
function othersUnreadable({ digest }: Image, { unreadable }: Family): string | undefined {
  for (const each of unreadable.keys()) if (each !== digest) return each
  return undefined
}

/** How many steps each going image is below one that no going image names. Digests cannot form circles. */
function levelsOf(going: ReadonlySet<Image>, named: ReadonlyMap<string, readonly Image[]>, family: Family) {
  const waiting = new Map<Image, number>()
  const ready: Image[] = []
  for (const image of going) {
    const count = holdersOf(image, family).length
    if (count === 0) ready.push(image)
    else waiting.set(image, count)
  }
  const levels = new Map<Image, number>(ready.map(image => [image, 0]))
  for (let image = ready.pop(); image; image = ready.pop()) {
    const below = (levels.get(image) ?? 0) + 1
    for (const part of named.get(image.digest) ?? []) {
      if (!going.has(part)) continue
      levels.set(part, Math.max(levels.get(part) ?? 0, below))
      const left = (waiting.get(part) ?? 0) - 1
      waiting.set(part, left)
      if (left === 0) ready.push(part)
    }
  }
  return levels
}
