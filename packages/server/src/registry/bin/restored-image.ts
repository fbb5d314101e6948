import type { Digest } from '../../domain/digest.ts'
import type { Tag } from '../../domain/names.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import { bytesOfImage } from '../answer-limit.ts'

export interface RestoredImage {
  readonly digest: Digest
  /** Tags that lead to the image again. */
  readonly tags: readonly Tag[]
  /** Tags of the image that another image has taken since. They stay there. */
  readonly taken: readonly { readonly tag: Tag; readonly digest: Digest }[]
}

/** The image of a deletion that came back. `held` are those of its tags that led somewhere already. */
export function restoredImage({ digest, tags }: BinRow, held: RestoredImage['taken']): RestoredImage {
  const kept = new Set(held.map(({ tag }) => tag))
  return { digest, tags: tags.filter(tag => !kept.has(tag)), taken: held.filter(other => other.digest !== digest) }
}

/** Joins what an image got back in two steps. */
export function joined(before: RestoredImage | undefined, more: RestoredImage): RestoredImage {
  if (before === undefined) return more
  const tags = [...before.tags, ...more.tags]
  const taken = new Map([...before.taken, ...more.taken].map(each => [each.tag, each]))
  return { ...more, tags, taken: [...taken.values()].filter(({ tag }) => !tags.includes(tag)) }
}

/** About how many bytes a restored image takes in an answer. */
export const bytesOfRestored = ({ digest, tags, taken }: RestoredImage): number =>
  taken.reduce((sum, { tag, digest: holder }) => sum + tag.length + holder.length + 34, bytesOfImage(digest, tags))
