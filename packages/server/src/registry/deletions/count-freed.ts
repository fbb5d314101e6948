import type { Digest } from '../../domain/digest.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import type { RegistryContext } from '../context.ts'
import { Turns } from '../pace.ts'

/** The bytes that come free when images go, as far as this registry's repositories tell. */
export interface Freed {
  readonly blobs: number
  readonly bytes: number
  /** Whether counting took too long: then `bytes` is a bound. */
  readonly isAtMost: boolean
  /** Bytes of the images' blobs that other images need, live or in the bin. */
  readonly neededBytes: number
  /**
   * When the first of the bytes may be free at the earliest: after the bin, and after the last lease. Milliseconds
   * since 1970; undefined where none are.
   */
  readonly from: number | undefined
}

export interface CountOptions {
  /** Until when the images will stay in the bin at least. */
  readonly binUntil: number
  /** Counting may take so long. */
  readonly withinMs: number
}

/** Images or blobs that one question is about, so that no turn takes long. */
const PIECE = 100

type Image = Pick<ManifestRow, 'digest' | 'imageSizeBytes'>

/**
 * Counts the blobs that nothing but `images` needs: no other live image of any repository, and nothing in the bin. It
 * works in pieces, and lets others do their work in between.
 */
export async function countFreed(
  { metadata: { rows } }: RegistryContext,
  repositoryId: RepositoryId,
  images: readonly Image[],
  { binUntil, withinMs }: CountOptions,
): Promise<Freed> {
  const turns = new Turns()
  const endsAt = performance.now() + withinMs
  const isOver = () => performance.now() > endsAt
  /** How many of `images` need each blob. */
  const uses = new Map<Digest, number>()
  let counted = 0
  for (; counted < images.length && !isOver(); counted += PIECE) {
    await turns.pass()
    const piece = images.slice(counted, counted + PIECE).map(image => image.digest)
    for (const { blob } of await rows.blobUses.of(repositoryId, piece)) uses.set(blob, (uses.get(blob) ?? 0) + 1)
  }
  const all = [...uses]
  let [blobs, bytes, neededBytes] = [0, 0, 0]
  let from: number | undefined
  let looked = 0
  for (; counted >= images.length && looked < all.length && !isOver(); looked += PIECE) {
    await turns.pass()
    const piece = all.slice(looked, looked + PIECE)
    const limit = Math.max(...piece.map(([, count]) => count)) + 1
    for (const use of await rows.blobUses.count(
      piece.map(([blob]) => blob),
      limit,
    )) {
      if (use.isBinned || use.manifests > (uses.get(use.digest) ?? 0)) {
        neededBytes += use.sizeBytes
        continue
      }
      blobs += 1
      bytes += use.sizeBytes
      from = Math.min(from ?? Number.MAX_SAFE_INTEGER, Math.max(binUntil, use.leaseUntil))
    }
  }
  if (counted >= images.length && looked >= all.length) return { blobs, bytes, isAtMost: false, neededBytes, from }
  // What images share is in the sizes of each: they come to more than what is stored.
  const most = images.reduce((sum, image) => sum + image.imageSizeBytes, 0)
  return { blobs: all.length, bytes: most, isAtMost: true, neededBytes: 0, from: from ?? binUntil }
}
