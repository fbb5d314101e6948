import type { Family, Image } from './image.ts'

/**
 * The images, of which an index counts as pulled when an image that it lists was: clients that name an image by its
 * digest do not ask for the index.
 */
export function spreadPulls(images: readonly Image[], { listedBy }: Family): readonly Image[] {
  const latest = new Map<string, number>()
  for (const { digest, lastPulledAt } of images) {
    const waiting = lastPulledAt === undefined ? [] : [digest]
    for (let each = waiting.pop(); each !== undefined && lastPulledAt !== undefined; each = waiting.pop()) {
      if ((latest.get(each) ?? Number.NEGATIVE_INFINITY) >= lastPulledAt) continue
      latest.set(each, lastPulledAt)
      waiting.push(...(listedBy.get(each) ?? []))
    }
  }
  return images.map(image => {
    const lastPulledAt = latest.get(image.digest)
    return lastPulledAt === undefined ? image : { ...image, lastPulledAt }
  })
}
