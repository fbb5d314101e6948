/**
 * Every rule of what may be deleted and of why something stays: images and tags, what keep rules take, and the bin. The
 * functions are pure, and get rows that the deleting transaction read; docs/ARCHITECTURE.md tells who asks them.
 */
import type { Digest } from './digest.ts'
import type { ImageRef } from './image-ref.ts'
import type { Tag } from './names.ts'

/** Why nothing was done about what a reference names. */
export type DeletionFailure =
  /** The repository has no image or tag of that name. */
  | { readonly kind: 'unknown' }
  /** The tag is there, but does not lead to the digest that was given with it. */
  | { readonly kind: 'tagElsewhere' }
  /** Indexes that stay list the image; for a keep rule also subjects that stay. `parents` are their digests. */
  | { readonly kind: 'heldByIndexes'; readonly parents: readonly Digest[] }
  /** The repository's owner protects these tags of the image. */
  | { readonly kind: 'protected'; readonly tags: readonly Tag[] }

/** A reference that nothing was done about, with the reason. */
export interface FailedRef<Failure = DeletionFailure> {
  readonly ref: ImageRef
  readonly failure: Failure
}

/** The rows that a decision rests on, all of them read in the deleting transaction. */
export interface DeletionFacts {
  /** Where each named tag points. */
  readonly tags: ReadonlyMap<Tag, Digest>
  /** Every tag of each live image that a reference names or leads to. An image without tags has an empty list. */
  readonly images: ReadonlyMap<Digest, readonly Tag[]>
  /** The live indexes that list each of those images. The list is whole, or has more entries than there are images. */
  readonly parents: ReadonlyMap<Digest, readonly Digest[]>
  /** True for tags that keep their image, and stay themselves. */
  readonly isProtected: (tag: Tag) => boolean
}

export interface DeletionPlan {
  /** Images to remove, with all tags they still have. */
  readonly images: readonly Digest[]
  /** Tags to take from images that stay. */
  readonly tags: readonly Tag[]
  /** What goes, one row a tag; an untagged image is one row without a tag. */
  readonly deleted: readonly { digest: Digest; tag: Tag | undefined }[]
  readonly failures: readonly FailedRef[]
}

/** A reference that was found: the image it leads to, and the tag where it named one. */
interface Wish {
  digest: Digest
  tag: Tag | undefined
}

/**
 * Plans one deletion on the set of its references, so that their order never matters. A digest asks for the image and
 * all its tags. A tag, alone or with its digest, asks for that tag and, where no other tag is left, for the image. An
 * image that a remaining index lists stays, and so does its last tag; an index and its children may go in one call. A
 * protected tag stays, and so does its image.
 */
export function planDeletion(refs: readonly ImageRef[], facts: DeletionFacts): DeletionPlan {
  const failures: FailedRef[] = []
  const wishes: { ref: ImageRef; wish: Wish }[] = []
  for (const ref of distinct(refs)) {
    const found = find(ref, facts)
    const failure = 'kind' in found ? found : protection(asked(found, facts), facts.isProtected)
    if (failure !== undefined) failures.push({ ref, failure })
    else if ('digest' in found) wishes.push({ ref, wish: found })
  }

  const staysTagged = taggedAfter(wishes, facts)
  const images = withoutHeld(imagesWanted(wishes, staysTagged), facts.parents)
  const tags = new Set<Tag>()
  const whole = new Set<Digest>()
  const deleted: { digest: Digest; tag: Tag | undefined }[] = []
  for (const { ref, wish } of wishes) {
    const { digest, tag } = wish
    if (images.has(digest)) {
      if (whole.has(digest)) continue
      whole.add(digest)
      const own = facts.images.get(digest) ?? []
      if (own.length === 0) deleted.push({ digest, tag: undefined })
      for (const each of own) deleted.push({ digest, tag: each })
    } else if (tag !== undefined && staysTagged(digest)) {
      if (tags.has(tag)) continue
      tags.add(tag)
      deleted.push({ digest, tag })
    } else {
      failures.push({ ref, failure: { kind: 'heldByIndexes', parents: holders(digest, images, facts) } })
    }
  }
  return { images: [...images], tags: [...tags], deleted, failures }
}

function distinct(refs: readonly ImageRef[]): ImageRef[] {
  const seen = new Map<string, ImageRef>()
  for (const ref of refs) {
    const key = `${ref.digest ?? ref.foreign ?? ''} ${ref.tag ?? ''}`
    if (!seen.has(key)) seen.set(key, ref)
  }
  return [...seen.values()]
}

function find(ref: ImageRef, facts: DeletionFacts): Wish | DeletionFailure {
  const { tag } = ref
  const digest = tag === undefined ? ref.digest : facts.tags.get(tag)
  if (digest === undefined || !facts.images.has(digest)) return { kind: 'unknown' }
  const wanted = ref.digest ?? ref.foreign ?? digest
  return wanted === digest ? { digest, tag } : { kind: 'tagElsewhere' }
}

/** A digest asks for all tags of its image. */
function asked({ digest, tag }: Wish, facts: DeletionFacts): readonly Tag[] {
  return tag === undefined ? (facts.images.get(digest) ?? []) : [tag]
}

/**
 * The reason why these tags keep an image or a tag from going: one protected tag is enough. Undefined where nothing
 * keeps it.
 */
export function protection(
  tags: readonly Tag[],
  isProtected: DeletionFacts['isProtected'],
): Extract<DeletionFailure, { kind: 'protected' }> | undefined {
  const kept = tags.filter(isProtected)
  return kept.length === 0 ? undefined : { kind: 'protected', tags: kept }
}

/** Images asked for by digest, and those whose every tag is asked for. */
function imagesWanted(wishes: readonly { wish: Wish }[], staysTagged: (digest: Digest) => boolean): Set<Digest> {
  const wanted = wishes.filter(({ wish }) => wish.tag === undefined || !staysTagged(wish.digest))
  return new Set(wanted.map(({ wish }) => wish.digest))
}

/** The largest part of `wanted` in which no image is listed by an index outside of it. */
function withoutHeld(wanted: ReadonlySet<Digest>, parents: DeletionFacts['parents']): Set<Digest> {
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

function holders(digest: Digest, going: ReadonlySet<Digest>, { parents }: Pick<DeletionFacts, 'parents'>): Digest[] {
  return (parents.get(digest) ?? []).filter(parent => !going.has(parent))
}

/** Tells whether an image would keep a tag after all tags named in the call were gone. */
function taggedAfter(wishes: readonly { wish: Wish }[], { images }: DeletionFacts): (digest: Digest) => boolean {
  const named = new Set(wishes.flatMap(({ wish: { digest, tag } }) => (tag === undefined ? [] : `${digest} ${tag}`)))
  const tagged = new Map<Digest, boolean>()
  return digest => {
    const known = tagged.get(digest)
    if (known !== undefined) return known
    const isTagged = (images.get(digest) ?? []).some(tag => !named.has(`${digest} ${tag}`))
    tagged.set(digest, isTagged)
    return isTagged
  }
}

/** Plans what a purge takes out of the bin. An image stays when an index that stays lists it. */
export function planPurge(
  digests: readonly Digest[],
  parents: DeletionFacts['parents'],
): { going: ReadonlySet<Digest>; held: Map<Digest, FailedRef<Held>> } {
  const going = withoutHeld(new Set(digests), parents)
  const held = new Map<Digest, FailedRef<Held>>()
  for (const digest of digests) {
    if (going.has(digest)) continue
    const failure = { kind: 'heldByIndexes', parents: [...new Set(holders(digest, going, { parents }))] } as const
    held.set(digest, { ref: { digest }, failure })
  }
  return { going, held }
}

type Held = Extract<DeletionFailure, { kind: 'heldByIndexes' }>

/** An image that a keep rule would take, with what it needs and what belongs to it. */
export interface Expiring {
  readonly digest: string
  readonly tags: readonly string[]
  readonly subject?: string | undefined
}

/**
 * The images of `expiring` that rules may take. A protected image stays, and so does what it lists and what is attached
 * to it. In `expiring` every index stands before what it lists, and every subject before what is attached to it.
 */
export function withoutProtected<Image extends Expiring>(
  expiring: readonly Image[],
  parents: ReadonlyMap<string, readonly string[]>,
  isProtected: (tag: string) => boolean,
): Image[] {
  const stays = new Set<string>()
  return expiring.filter(({ digest, tags, subject }) => {
    const holding = [...(parents.get(digest) ?? []), ...(subject === undefined ? [] : [subject])]
    const isKept = tags.some(isProtected) || holding.some(holder => stays.has(holder))
    if (isKept) stays.add(digest)
    return !isKept
  })
}

/** An image, and what keeps it in the bin: an index that lists it, or the subject that it is attached to. */
export interface Together {
  readonly child: Digest
  readonly parent: Digest
}

/**
 * Prolongs the times at which images leave the bin, so that each stays as long as what it must be restored with, to any
 * depth. `until` has the times by digest, and is changed.
 */
export function stayTogether(until: Map<Digest, number>, pairs: readonly Together[]): void {
  for (let settled = false; !settled; ) {
    settled = true
    for (const { child, parent } of pairs) {
      const time = until.get(parent) ?? 0
      if (time <= (until.get(child) ?? 0)) continue
      until.set(child, time)
      settled = false
    }
  }
}
