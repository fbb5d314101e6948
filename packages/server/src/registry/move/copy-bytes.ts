import { inParallel } from '@berth/lifecycle'
import { algorithmOf } from '../../domain/digest.ts'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'
import type { InventoryBlob } from '../../ports/rows/upkeep/inventory.ts'
import { hashStored } from '../blobs/hash-stored.ts'
import { everyPage } from '../every-page.ts'
import { type BlobFault, copyObject } from './copy-object.ts'
import { MoveRefused, type MoveTarget, type Storage } from './move-target.ts'

const PAGE = 500
/** How many blobs are on their way at one time. */
const AT_ONCE = 8

export interface CopyOptions {
  /**
   * How bytes are treated that an earlier walk has copied: not at all, by a look at their size, or by hashing them
   * again.
   */
  readonly recheck: 'nothing' | 'size' | 'bytes'
  readonly onFault: (fault: BlobFault) => void
  /** Called after each blob, with the number of all blobs and bytes that the target has by now. */
  readonly onProgress: (done: { readonly blobs: number; readonly bytes: number }) => void
  /** Ends the work, with its reason as the error. */
  readonly signal?: AbortSignal
}

/** The source of the bytes of blobs. */
export interface BlobSource {
  readonly blobs: Pick<BlobStore, 'read'>
  /** Every blob, damaged ones included, a page at a time. */
  readonly pages: () => AsyncIterable<readonly InventoryBlob[]>
  /** Whether the blob still has the bytes in which a fault was found. */
  readonly hasStill: (blob: InventoryBlob) => Promise<boolean>
}

/** The blobs of a registry, which may serve meanwhile. */
export const blobSourceOf = ({ metadata, blobs }: Pick<Storage, 'metadata' | 'blobs'>): BlobSource => ({
  blobs,
  pages: () => everyPage(metadata.rows.inventory.blobs, row => row.digest, PAGE),
  async hasStill({ digest, storageKey }) {
    const now = await metadata.rows.inventory.findBlob(digest)
    return now?.storageKey === storageKey && now.damagedAt === undefined
  },
})

/**
 * Copies the bytes of every sound blob to the target, under the same storage key, except those that are there. Bytes
 * that are journalled as whole were hashed on their way and had the right size after it. Returns what was copied.
 * @throws MoveRefused, and whatever the target's store throws
 */
export async function copyBytes(
  source: BlobSource,
  move: MoveTarget,
  options: CopyOptions,
): Promise<{ blobs: number; bytes: number }> {
  const copied = { blobs: 0, bytes: 0 }
  const done = { blobs: 0, bytes: 0 }
  for await (const page of source.pages()) {
    const sound = page.filter(blob => blob.damagedAt === undefined)
    const written = await move.target.metadata.rows.moves.written(sound.map(blob => blob.storageKey))
    await intend(
      move,
      sound.map(blob => blob.storageKey).filter(key => !written.has(key)),
    )
    await inParallel(sound, AT_ONCE, async blob => {
      options.signal?.throwIfAborted()
      if (!(await isThere(move, blob, written, options.recheck))) {
        if (!(await copyBlob(source, move, blob, written.has(blob.storageKey), options))) return
        copied.blobs += 1
        copied.bytes += blob.sizeBytes
      }
      done.blobs += 1
      done.bytes += blob.sizeBytes
      options.onProgress(done)
    })
  }
  return copied
}

/** Journals keys before their bytes are written, so that whatever is removed here later is this move's own. */
async function intend(move: MoveTarget, keys: readonly StorageKey[]): Promise<void> {
  if (keys.length === 0) return
  await inParallel(keys, AT_ONCE, async key => {
    if ((await move.target.blobs.sizeBytes(key)) !== undefined)
      throw new MoveRefused(`${move.target.place} has bytes that this move did not write: ${key}.`)
  })
  await move.onTarget(({ moves }) => moves.intend(keys))
}

async function isThere(
  { target }: MoveTarget,
  { digest, sizeBytes, storageKey }: InventoryBlob,
  written: ReadonlyMap<StorageKey, boolean>,
  recheck: CopyOptions['recheck'],
): Promise<boolean> {
  if (written.get(storageKey) !== true) return false
  if (recheck === 'nothing') return true
  if ((await target.blobs.sizeBytes(storageKey)) !== sizeBytes) return false
  return recheck === 'size' || (await hashStored(target.blobs, storageKey, algorithmOf(digest))) === digest
}

/** Copies one blob. False where it has a fault, which was told, or has gone from the source meanwhile. */
async function copyBlob(
  source: BlobSource,
  move: MoveTarget,
  blob: InventoryBlob,
  mayBeThere: boolean,
  { recheck, onFault, signal }: CopyOptions,
): Promise<boolean> {
  const { target } = move
  const { digest, sizeBytes, storageKey } = blob
  if (mayBeThere) {
    await move.onTarget(({ moves }) => moves.setWhole(storageKey, false))
    await target.blobs.remove(storageKey)
  }
  const fault = await copyObject(source.blobs, target.blobs, blob, signal)
  if (fault !== undefined) {
    await target.blobs.remove(storageKey)
    if (await source.hasStill(blob)) onFault({ ...fault, digest })
    return false
  }
  const stored = await target.blobs.sizeBytes(storageKey)
  const isWhole =
    stored === sizeBytes &&
    (recheck !== 'bytes' || (await hashStored(target.blobs, storageKey, algorithmOf(digest))) === digest)
  if (!isWhole)
    throw new MoveRefused(`${target.place} does not give back what was written to it: ${storageKey} of ${digest}.`)
  await move.onTarget(({ moves }) => moves.setWhole(storageKey, true))
  return true
}

/** Removes what was copied for blobs that have gone since. The target must have all of its rows. */
export async function removeLeftOver(move: MoveTarget): Promise<void> {
  const { moves, inventory } = move.target.metadata.rows
  for await (const keys of everyPage(moves.journal, key => key, PAGE)) {
    const known = await inventory.knownKeys(keys)
    const left = keys.filter(key => !known.has(key))
    await inParallel(left, AT_ONCE, key => move.target.blobs.remove(key))
    if (left.length > 0) await move.onTarget(rows => rows.moves.forget(left))
  }
}

/** Empties the journal of the target, when the move is done. */
export async function clearJournal(move: MoveTarget): Promise<void> {
  const { moves } = move.target.metadata.rows
  for await (const keys of everyPage(moves.journal, key => key, PAGE))
    await move.onTarget(rows => rows.moves.forget(keys))
}
