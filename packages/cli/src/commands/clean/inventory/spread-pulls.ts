import { lastPulls } from '@berth/lifecycle'
import type { Family, Image } from './image.ts'

/** The images, where pulls of what an index lists count for the index too. */
export function spreadPulls(images: readonly Image[], { listedBy }: Family): readonly Image[] {
  const latest = lastPulls(images, digest => listedBy.get(digest) ?? [])
  return images.map(image => {
    const lastPulledAt = latest.get(image.digest)
    return lastPulledAt === undefined ? image : { ...image, lastPulledAt }
  })
}
