import type { Digest } from '../../domain/digest.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import type { RegistryContext } from '../context.ts'
import { Turns } from '../pace.ts'

/** The bytes that come free when images go, as far as this registry's repositories tell. */
export interface Freed {
  /** The number of blobs; undefined where they were not counted. */
  readonly blobs: number | undefined
  readonly bytes: number
  /** Whether counting took too long: then `bytes` is a bound. */
  readonly isAtMost: boolean
  /**
   * When the first bytes may be free at the earliest, in milliseconds since 1970: after the bin, and after the last
   * lease. Undefined where none come free.
   */
  readonly from: number | undefined
}

export interface CountOptions {
  /** The time until which the images will stay in the bin at least. */
  readonly binUntil: number
  /** How many milliseconds counting may take. */
  readonly withinMs: number
  /** How many images or blobs one question to the rows is about. */
  readonly piece?: number
  /** The most references of images to blobs that are read: one image may have thousands. */
  readonly most?: number
}

/** So few images or blobs that no turn takes long. */
const PIECE = 100
const MOST = 20_000

type Image = Pick<ManifestRow, 'digest' | 'imageSizeBytes'>

/** The images to count, and how long that may take. */
export interface Counting {
  readonly repositoryId: RepositoryId
  /** About how many images there will be. */
  readonly expected: number
  /** The images, once they are known. Whoever counts may get ready meanwhile. */
  readonly images: Promise<readonly Image[]>
  readonly binUntil: number
  /** How many milliseconds counting may take, from now on. */
  readonly withinMs: number
}

/** Counts what comes free, wherever that work is done. */
export type CountFreed = (counting: Counting) => Promise<Freed>

/** Counts on this thread. */
export const countHere =
  (context: Pick<RegistryContext, 'metadata'>): CountFreed =>
  async ({ repositoryId, images, binUntil, withinMs }) => {
    const endsAt = performance.now() + withinMs
    const known = await images
    return countFreed(context, repositoryId, known, { binUntil, withinMs: endsAt - performance.now() })
  }

/**
 * Counts the blobs that nothing but `images` needs: no other live image of any repository, and nothing in the bin. It
 * works in pieces, and lets others do their work in between.
 */
export async function countFreed(
  { metadata: { rows } }: Pick<RegistryContext, 'metadata'>,
  repositoryId: RepositoryId,
  images: readonly Image[],
  { binUntil, withinMs, piece = PIECE, most = MOST }: CountOptions,
): Promise<Freed> {
  const turns = new Turns()
  const endsAt = performance.now() + withinMs
  const isOver = () => performance.now() > endsAt
  /** How many of `images` need each blob. */
  const uses = new Map<Digest, number>()
  let [counted, read] = [0, 0]
  for (; counted < images.length && read <= most && !isOver(); counted += piece) {
    await turns.pass()
    const digests = images.slice(counted, counted + piece).map(image => image.digest)
    const found = await rows.blobUses.of(repositoryId, digests, most + 1 - read)
    read += found.length
    for (const { blob } of found) uses.set(blob, (uses.get(blob) ?? 0) + 1)
  }
  if (counted < images.length || read > most) return atMost(images, binUntil)
  const all = [...uses]
  let [blobs, bytes] = [0, 0]
  let from: number | undefined
  let looked = 0
  for (; looked < all.length && !isOver(); looked += piece) {
    await turns.pass()
    const some = all.slice(looked, looked + piece)
    const limit = Math.max(...some.map(([, count]) => count)) + 1
    for (const use of await rows.blobUses.count(
      some.map(([blob]) => blob),
      limit,
    )) {
      if (use.isBinned || use.manifests > (uses.get(use.digest) ?? 0)) continue
      blobs += 1
      bytes += use.sizeBytes
      from = Math.min(from ?? Number.MAX_SAFE_INTEGER, Math.max(binUntil, use.leaseUntil))
    }
  }
  return looked < all.length ? atMost(images, binUntil) : { blobs, bytes, isAtMost: false, from }
}

/**
 * The bound that is told where counting takes too much. The size of each image has the layers that it shares, so that
 * these count for each image.
 */
export const atMost = (images: readonly Image[], binUntil: number): Freed => ({
  blobs: undefined,
  bytes: images.reduce((sum, image) => sum + image.imageSizeBytes, 0),
  isAtMost: true,
  from: binUntil,
})
