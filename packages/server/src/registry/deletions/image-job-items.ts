import type { DeletionFailure, FailedRef } from '../../domain/deletion.ts'
import type { Digest } from '../../domain/digest.ts'
import { type ImageRef, namedBy } from '../../domain/image-ref.ts'
import type { Tag } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ImageJobItem, ImageJobItemRow } from '../../ports/rows/images/image-jobs.ts'

/** Why an item of a job was not done, or was done in part. */
export type ItemFailure =
  | DeletionFailure
  /** An image that had no tag when it was selected has one. */
  | { readonly kind: 'taggedSince' }
  /** Too much belongs to the image for taking it at once. */
  | { readonly kind: 'tooMany' }
  /** The image came back without these tags, which other images have now. */
  | { readonly kind: 'taken'; readonly tags: readonly Tag[] }

/** How much is kept of long lists. */
const KEPT = 20

/**
 * A failure as it is stored. `images` is how many images the job had taken by then: an item that an index held may go
 * once more images have gone.
 */
interface StoredFailure {
  readonly failure: ItemFailure
  readonly images: number
}

/**
 * Writes why an item was not done, as JSON with lists of bounded length. `images` is how many images the job has
 * taken by now.
 */
export function writeFailure(failure: ItemFailure, images: number): string {
  const short =
    'parents' in failure
      ? { ...failure, parents: failure.parents.slice(0, KEPT) }
      : 'tags' in failure
        ? { ...failure, tags: failure.tags.slice(0, KEPT) }
        : failure
  return JSON.stringify({ failure: short, images } satisfies StoredFailure)
}

/** Reads what `writeFailure` wrote. */
export const readFailure = (text: string): StoredFailure => JSON.parse(text) as StoredFailure

const keyOf = ({ digest, tag }: { digest?: Digest | undefined; tag?: Tag | undefined }): string =>
  `${digest ?? ''} ${tag ?? ''}`

/** The reference that an item stands for; none for an item that can name nothing. */
export const refOf = ({ digest, tag }: ImageJobItem): ImageRef[] =>
  digest !== undefined ? [{ digest, tag }] : tag !== undefined ? [{ tag }] : []

/** Finds why an item was not done, whether it was named by its tag, by its digest, or by both. */
export function failureFinder(
  failures: readonly FailedRef<ItemFailure>[],
): (item: Pick<ImageJobItem, 'digest' | 'tag'>) => ItemFailure | undefined {
  const found = new Map(failures.map(({ ref, failure }) => [keyOf(ref), failure]))
  return ({ digest, tag }) =>
    found.get(keyOf({ digest, tag })) ?? found.get(keyOf({ tag })) ?? found.get(keyOf({ digest }))
}

/**
 * Pins a selection to what its tags lead to now: a tag gets its digest, and an image with tags stands by each of them.
 * A digest alone is an image without tags. So nothing is taken that came after the selection.
 */
export async function pinSelection(rows: Rows, id: RepositoryId, refs: readonly ImageRef[]): Promise<ImageRef[]> {
  const named = namedBy(refs)
  const byTag = new Map((await rows.tags.find(id, named.tags)).map(row => [row.tag, row.digest]))
  const whole = refs.flatMap(({ digest, tag }) => (tag === undefined ? (digest ?? []) : []))
  const tagged = await rows.belongings.tagged(id, whole)
  const tags = new Map<Digest, Tag[]>()
  for (const row of await rows.tags.of(id, [...tagged]))
    tags.set(row.digest, [...(tags.get(row.digest) ?? []), row.tag])
  const pinned = refs.flatMap((ref): ImageRef[] => {
    const { digest, tag } = ref
    if (digest !== undefined)
      return tag === undefined ? (tags.get(digest) ?? [undefined]).map(each => ({ digest, tag: each })) : [ref]
    const leads = byTag.get(tag)
    return [leads === undefined ? ref : { digest: leads, tag }]
  })
  return [...new Map(pinned.map(ref => [keyOf(ref), ref])).values()]
}

/** The items that stand for references, each with its position. */
export const itemsOf = (refs: readonly ImageRef[]): ImageJobItem[] =>
  refs.map(({ digest, tag }, position) => ({ position, digest, tag }))

/** The references that bring back what went. An image comes back with its tags. */
export const refsToRestore = (items: readonly ImageJobItemRow[]): ImageRef[] => {
  const refs = items.flatMap(({ digest, tag, outcome }): ImageRef[] => {
    if (outcome === 'image' && digest !== undefined) return [{ digest }]
    return outcome === 'tag' && tag !== undefined ? [{ tag }] : []
  })
  return [...new Map(refs.map(ref => [keyOf(ref), ref])).values()]
}
