import { lastPulls } from '@berth/lifecycle'
import type { Family, Image } from './image.ts'

/** Returns the images with their last pulls, where a pull of an image counts for the indexes that list it, too. */
export function spreadPulls(images: readonly Image[], { listedBy }: Family): readonly Image[] {
  const latest = lastPulls(images, digest => listedBy.get(digest) ?? [])
  return images.map(image => {
    const lastPulledAt = latest.get(image.digest)
    return lastPulledAt === undefined ? image : { ...image, lastPulledAt }
  })
}
