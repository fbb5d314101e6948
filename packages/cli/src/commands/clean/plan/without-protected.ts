import { decidingPattern } from '@berth/lifecycle'
import type { Image } from '../inventory/image.ts'
import type { Wish } from '../selection/select.ts'
import type { Held } from './plan.ts'

/**
 * Leaves out what the repository protects. An image with a protected tag stays whole. Where only tags of an image were
 * to go, its protected tags stay. Returns what would have gone otherwise, too, with the pattern that keeps it.
 */
export function withoutProtected(
  wishes: ReadonlyMap<Image, Wish>,
  protectedTags: readonly string[],
): { readonly wishes: ReadonlyMap<Image, Wish>; readonly held: readonly Held[] } {
  if (protectedTags.length === 0) return { wishes, held: [] }
  const patternOf = decidingPattern(protectedTags)
  const free = new Map<Image, Wish>()
  const held: Held[] = []
  for (const [image, wish] of wishes) {
    const kept = (wish.tags ?? image.tags).filter(tag => patternOf(tag) !== undefined)
    const [first] = kept
    if (first === undefined) {
      free.set(image, wish)
      continue
    }
    held.push({
      image: { ...image, tags: kept },
      reason: `protected by the setting protectedTags: ${patternOf(first)}`,
    })
    const tags = wish.tags?.filter(tag => !kept.includes(tag)) ?? []
    if (tags.length > 0) free.set(image, { ...wish, tags })
  }
  return { wishes: free, held }
}
