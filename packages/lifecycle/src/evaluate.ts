import { expireInOrder } from './expire-in-order.ts'
import type { Expiry, LifecycleImage } from './image.ts'
import { lastPulls } from './last-pulls.ts'
import { tagMatcher } from './match-tags.ts'
import type { LifecyclePolicy, LifecycleRule } from './policy.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * The images of a repository that a policy expires at `now` (milliseconds since 1970). The oldest come first, but
 * indexes before what they list and subjects before what refers to them. Every digest must be given once. The order in
 * which images are given does not matter.
 */
export function evaluateLifecycle(policy: LifecyclePolicy, images: Iterable<LifecycleImage>, now: number): Expiry[] {
  const newestFirst = Array.from(images).sort(newerFirst)
  const digests = new Set(newestFirst.map(({ digest }) => digest))
  // Whether an image is an untagged reference artifact, which is no image to any rule. It shares the fate of its
  // subject, and may end after it.
  const isAttached = (image: LifecycleImage) =>
    isArtifact(image) && image.subject !== undefined && digests.has(image.subject)
  const isAlone = (image: LifecycleImage) => isArtifact(image) && !isAttached(image) && !isListed(image)

  const standing = newestFirst.filter(image => !isAttached(image) && !isAlone(image))
  const parents = new Map(newestFirst.map(image => [image.digest, image.parents ?? []]))
  const pulls = lastPulls(newestFirst, digest => parents.get(digest) ?? [])
  const marked = markAll(policy.rules, standing, { now, pulls })
  const mayGo = (image: LifecycleImage) =>
    marked.has(image.digest) || isAttached(image) || (isArtifact(image) && image.outlivedSubject === true)
  return expireInOrder(
    newestFirst.filter(mayGo),
    image => {
      const listing = image.parents ?? []
      return isAttached(image) && image.subject !== undefined ? [...listing, image.subject] : listing
    },
    (image, expired) => {
      const { digest, subject } = image
      const cause = subject === undefined ? undefined : expired.get(subject)
      if (isAttached(image)) return cause && { rulePriority: cause.rulePriority, subject }
      const rulePriority = marked.get(digest)
      return rulePriority === undefined ? { rulePriority, subject } : { rulePriority }
    },
  )
}

const isArtifact = ({ tags, subject }: LifecycleImage) => tags.length === 0 && subject !== undefined
const isPart = (image: LifecycleImage) => image.tags.length === 0 && isListed(image)
const isListed = ({ parents = [] }: LifecycleImage) => parents.length > 0

/** The time of the evaluation, and when images were last pulled, by digest. */
interface Times {
  readonly now: number
  readonly pulls: ReadonlyMap<string, number>
}

/** By digest, the priority of the rule that marks an image, if one does. */
function markAll(
  rules: readonly LifecycleRule[],
  newestFirst: readonly LifecycleImage[],
  times: Times,
): Map<string, number> {
  const marked = new Map<string, number>()
  // Nothing is archived here. A transition keeps what Amazon would archive, so that nothing expires that is safe there;
  // but for parts of an index, which are of no use when that goes.
  const open = rules
    .filter(({ selection }) => selection.storageClass !== 'archive')
    .map(rule => openRule(rule, times))
    .sort((a, b) => a.rulePriority - b.rulePriority)
  for (const image of newestFirst) {
    let guarded = false
    for (const { rulePriority, matches, marks, expires } of open) {
      if (!matches(image.tags) || (!expires && isPart(image))) continue
      // Every rule counts the images that it looks at. The first rule that looks at an image decides on it, whether the
      // rule marks it or not.
      if (marks(image) && !guarded) {
        if (expires) marked.set(image.digest, rulePriority)
        // Amazon would have archived the image, and would not count it.
        else break
      }
      guarded = true
    }
  }
  return marked
}

/** A rule at work. `marks` must be asked once for each image that matches, the newest first. */
function openRule({ rulePriority, selection, action }: LifecycleRule, { now, pulls }: Times) {
  const { countNumber } = selection
  let counted = 0
  const marks = (image: LifecycleImage): boolean => {
    switch (selection.countType) {
      case 'imageCountMoreThan':
        // A part of an index does not count as one image more. It goes when its index goes.
        if (isPart(image)) return true
        counted += 1
        return counted > countNumber
      case 'sinceImagePushed':
        return now - image.pushedAt > countNumber * DAY_MS
      case 'sinceImagePulled':
        // An image that an index lists may have been pulled long before the index was pushed.
        return now - Math.max(image.pushedAt, pulls.get(image.digest) ?? 0) > countNumber * DAY_MS
      case 'sinceImageTransitioned':
        return false
    }
  }
  return { rulePriority, matches: tagMatcher(selection), marks, expires: action.type === 'expire' }
}

/** A total order, so that images pushed in one millisecond are told apart the same way every time. */
function newerFirst(a: LifecycleImage, b: LifecycleImage): number {
  if (a.pushedAt !== b.pushedAt) return b.pushedAt - a.pushedAt
  return a.digest > b.digest ? -1 : 1
}
