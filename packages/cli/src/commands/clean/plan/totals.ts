import type { RepositorySettings } from '../inventory/read-settings.ts'
import type { Repository } from '../inventory/repositories.ts'
import { count } from '../progress.ts'
import type { Removal, RepositoryPlan } from './plan.ts'

export interface Planned {
  readonly repository: Repository
  readonly plan: RepositoryPlan
  /** The repository's settings; undefined where the registry has none, or does not tell. */
  readonly settings?: RepositorySettings | undefined
}

export interface Totals {
  readonly images: number
  /** How many tags go whose images stay. */
  readonly tags: number
  /** The most bytes that may be freed: layers that several images share count for each of them. */
  readonly bytes: number
}

/**
 * The sums of the removals. An index counts no bytes: the registry gives it the size of its largest image, which
 * counts by itself.
 */
export function totalsOf(removals: Iterable<Removal>): Totals {
  let [images, tags, bytes] = [0, 0, 0]
  for (const { image, tags: taken } of removals) {
    if (taken) tags += taken.length
    else {
      images++
      if (!image.isIndex) bytes += image.sizeBytes
    }
  }
  return { images, tags, bytes }
}

export const removalsOf = function* (plans: readonly Planned[]): Generator<Removal> {
  for (const { plan } of plans) yield* plan.removals
}

/** `900 images and 2 tags` */
export function amount({ images, tags }: Pick<Totals, 'images' | 'tags'>): string {
  const parts = [
    ...(images > 0 || tags === 0 ? [plural(images, 'image')] : []),
    ...(tags > 0 ? [plural(tags, 'tag')] : []),
  ]
  return parts.join(' and ')
}

/** `1 image`, `1,000 images` */
export const plural = (number: number, noun: string, many = `${noun}s`): string =>
  `${count(number)} ${number === 1 ? noun : many}`
