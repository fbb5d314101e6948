import { evaluateLifecycle, type LifecyclePolicy } from '@berth/lifecycle'
import { formatDuration } from '../duration.ts'
import type { Family, Image } from '../inventory/image.ts'
import type { Glob } from './glob.ts'

/** What the command line says of the images to delete. An image must meet all of it. */
export interface Selectors {
  readonly untagged: boolean
  /** Milliseconds; so is `notPulledForMs`. */
  readonly olderThanMs?: number
  readonly notPulledForMs?: number
  /** How many of the newest images are kept. */
  readonly keep?: number
  readonly tags: readonly Glob[]
  readonly notTags: readonly Glob[]
  readonly policy?: LifecyclePolicy
}

/** What is wanted of one image: that it goes, or that only some of its tags go. */
export interface Wish {
  /** The tags that go; undefined when the whole image is meant. */
  readonly tags?: readonly string[]
  readonly reason: string
}

/**
 * What is wanted of one image for its own sake. How many images are kept, and what a policy says, depends on the others
 * and plays no part here.
 */
export function wishOf(image: Image, selectors: Selectors, now: number): Wish | undefined {
  const { untagged, olderThanMs, notPulledForMs, tags, notTags } = selectors
  if (image.tags.some(tag => notTags.some(({ matches }) => matches(tag)))) return undefined
  if (untagged && image.tags.length > 0) return undefined
  const reasons = untagged ? ['untagged'] : []
  const matching = image.tags.filter(tag => tags.some(({ matches }) => matches(tag)))
  if (tags.length > 0) {
    if (matching.length === 0) return undefined
    const met = tags.filter(({ matches }) => matching.some(matches))
    reasons.push(`tag ${met.map(({ pattern }) => pattern).join(' and ')}`)
  }
  if (olderThanMs !== undefined) {
    if (now - image.pushedAt <= olderThanMs) return undefined
    reasons.push(`older than ${formatDuration(olderThanMs)}`)
  }
  if (notPulledForMs !== undefined) {
    // An image that was never pulled counts from its push: yesterday's image has had no chance yet.
    if (now - Math.max(image.pushedAt, image.lastPulledAt ?? 0) <= notPulledForMs) return undefined
    reasons.push(`not pulled for ${formatDuration(notPulledForMs)}`)
  }
  const some = tags.length > 0 && matching.length < image.tags.length
  return { ...(some && { tags: matching }), reason: reasons.join(', ') }
}

/** What is wanted of each image that the selectors take, with the selectors by which other images decide. */
export function selectImages(
  images: readonly Image[],
  family: Family,
  selectors: Selectors,
  now: number,
): ReadonlyMap<Image, Wish> {
  const newest = newestOf(images, family, selectors)
  const expired = selectors.policy && expiredBy(selectors.policy, images, family, now)
  const { keep } = selectors
  const wishes = new Map<Image, Wish>()
  for (const image of images) {
    const isKept = newest.has(image) || (keep !== undefined && isBesideCounts(image, family, selectors))
    const wish = isKept ? undefined : wishOf(image, selectors, now)
    const rule = expired?.get(image.digest)
    if (wish === undefined || (expired && rule === undefined)) continue
    const more = [
      ...(wish.reason === '' ? [] : [wish.reason]),
      ...(keep === undefined ? [] : [`not among the ${keep} newest`]),
      ...(rule === undefined ? [] : [`rule ${rule}`]),
    ]
    wishes.set(image, { ...wish, reason: more.join(', ') })
  }
  return wishes
}

/**
 * The images that `--keep` keeps: for each tag pattern the newest with a matching tag, else the newest of all, or of
 * the untagged ones where only those are wanted. Neither what `--not-tag` protects is counted, nor what comes and goes
 * with another image, nor what is attached to one that is gone.
 */
function newestOf(images: readonly Image[], family: Family, { keep, tags, notTags, untagged }: Selectors): Set<Image> {
  const kept = new Set<Image>()
  if (keep === undefined) return kept
  const countable = images
    .filter(image => !isPart(image, family) && !(untagged && image.tags.length > 0))
    .filter(image => !family.orphans.has(image.digest) && !(tags.length === 0 && isSignatureByTag(image)))
    .filter(image => !image.tags.some(tag => notTags.some(({ matches }) => matches(tag))))
    .sort((a, b) => b.pushedAt - a.pushedAt || (a.digest < b.digest ? -1 : 1))
  const groups =
    tags.length === 0 ? [countable] : tags.map(({ matches }) => countable.filter(it => it.tags.some(matches)))
  for (const group of groups) for (const image of group.slice(0, keep)) kept.add(image)
  return kept
}

/** Whether an image is neither counted nor taken by `--keep` alone: that option keeps images, and this is none. */
const isBesideCounts = (image: Image, { orphans }: Family, { tags, untagged }: Selectors): boolean =>
  tags.length === 0 && ((!untagged && orphans.has(image.digest)) || isSignatureByTag(image))

/**
 * Tags that name the digest of the image that they sign or describe: those of cosign, and of referrers before the API
 * for them.
 */
const DIGEST_TAG = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})(?:\.\w+)?$/

const isSignatureByTag = ({ tags }: Image) => tags.length > 0 && tags.every(tag => DIGEST_TAG.test(tag))

/** Whether an untagged image has no life of its own, because others name it. It goes when the last of them goes. */
export const isPart = ({ digest, tags }: Image, { listedBy, attachedTo }: Family): boolean =>
  tags.length === 0 && (listedBy.has(digest) || attachedTo.has(digest))

/** The rule that takes each image a policy expires. */
function expiredBy(policy: LifecyclePolicy, images: readonly Image[], family: Family, now: number) {
  const { listedBy, attachedTo, orphans } = family
  function* known() {
    for (const { digest, tags, pushedAt, lastPulledAt } of images) {
      // An artifact whose image is gone is no image to any rule, and no rule takes it.
      const subject = attachedTo.get(digest) ?? (orphans.has(digest) ? 'gone' : undefined)
      yield { digest, tags, pushedAt, lastPulledAt, parents: listedBy.get(digest) ?? [], ...(subject && { subject }) }
    }
  }
  const expiries = evaluateLifecycle(policy, known(), now)
  return new Map(expiries.map(({ digest, rulePriority }) => [digest, rulePriority]))
}
