import type { Expiry, LifecycleImage } from './image.ts'

/** Why an image goes. */
export type Cause = Pick<Expiry, 'rulePriority' | 'subject'>

/**
 * Expires the images that have a cause, as `causeOf` tells, and all of whose holders have expired. `causeOf` is asked
 * about an image once its holders have expired. A holder that is not among the images stays. The oldest image goes
 * first, but each image right after the last of its holders (a topological order, in time linear in the number of
 * holders).
 */
export function expireInOrder(
  newestFirst: readonly LifecycleImage[],
  holdersOf: (image: LifecycleImage) => readonly string[],
  causeOf: (image: LifecycleImage, expired: ReadonlyMap<string, Expiry>) => Cause | undefined,
): Expiry[] {
  const heldBy = new Map<string, LifecycleImage[]>()
  const holdersLeft = new Map<string, number>()
  const next: LifecycleImage[] = []
  for (const image of newestFirst) {
    const holders = holdersOf(image)
    if (holders.length === 0) next.push(image)
    holdersLeft.set(image.digest, holders.length)
    for (const digest of holders) {
      const held = heldBy.get(digest)
      if (held === undefined) heldBy.set(digest, [image])
      else held.push(image)
    }
  }

  const expired = new Map<string, Expiry>()
  for (let image = next.pop(); image !== undefined; image = next.pop()) {
    const { digest, tags, pushedAt } = image
    const cause = causeOf(image, expired)
    if (cause === undefined) continue
    expired.set(digest, { digest, tags, pushedAt, ...cause })
    for (const held of heldBy.get(digest) ?? []) {
      const left = (holdersLeft.get(held.digest) ?? 0) - 1
      holdersLeft.set(held.digest, left)
      if (left === 0) next.push(held)
    }
  }
  return Array.from(expired.values())
}
