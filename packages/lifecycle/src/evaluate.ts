import type { LifecycleImage } from './image.ts'
import { expireIndexesFirst } from './indexes-first.ts'
import { tagMatcher } from './match-tags.ts'
import type { LifecyclePolicy, LifecycleRule } from './policy.ts'

/** An image that goes, and the rule that took it. */
export interface Expiry {
  readonly digest: string
  readonly tags: readonly string[]
  readonly pushedAt: number
  readonly rulePriority: number
}

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * The images of a repository that a policy expires at `now` (milliseconds since the epoch): the oldest first, but each
 * index before what it lists. Every digest must be given once; the order in which images are given does not matter.
 */
export function evaluateLifecycle(policy: LifecyclePolicy, images: Iterable<LifecycleImage>, now: number): Expiry[] {
  const newestFirst = Array.from(images).sort(newerFirst)
  const rules = policy.rules.map(rule => openRule(rule, now)).sort((a, b) => a.rulePriority - b.rulePriority)
  const marked = new Map<string, Expiry>()
  for (const image of newestFirst) {
    const { digest, tags, pushedAt } = image
    let guarded = false
    for (const { rulePriority, matches, marks } of rules) {
      if (!matches(tags)) continue
      // Every rule counts what it looks at, but the first that looks at an image decides on it, whether it marks it or not.
      if (marks(image) && !guarded) marked.set(digest, { digest, tags, pushedAt, rulePriority })
      guarded = true
    }
  }
  return expireIndexesFirst(newestFirst, marked)
}

/** A rule at work. `marks` must be asked once for each image that matches, the newest first. */
function openRule({ rulePriority, selection }: LifecycleRule, now: number) {
  const { countNumber } = selection
  let counted = 0
  const marks = (image: LifecycleImage): boolean => {
    switch (selection.countType) {
      case 'imageCountMoreThan':
        // What only its index makes an image of is no image more, and goes when its index goes.
        if (image.tags.length === 0 && image.parents !== undefined && image.parents.length > 0) return true
        counted += 1
        return counted > countNumber
      case 'sinceImagePushed':
        return now - image.pushedAt > countNumber * DAY_MS
      case 'sinceImagePulled':
        return now - (image.lastPulledAt ?? image.pushedAt) > countNumber * DAY_MS
    }
  }
  return { rulePriority, matches: tagMatcher(selection), marks }
}

/** A total order, so that images pushed in one millisecond are told apart the same way every time. */
function newerFirst(a: LifecycleImage, b: LifecycleImage): number {
  if (a.pushedAt !== b.pushedAt) return b.pushedAt - a.pushedAt
  return a.digest > b.digest ? -1 : 1
}
