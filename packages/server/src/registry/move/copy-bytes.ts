import { inParallel } from '@berth/lifecycle'
import { algorithmOf } from '../../domain/digest.ts'
import { RunningHash } from '../../domain/running-hash.ts'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'
import type { InventoryBlob } from '../../ports/rows/upkeep/inventory.ts'
import { hashStored } from '../blobs/hash-stored.ts'
import { everyPage } from '../every-page.ts'
import { type Move, MoveRefused } from './move.ts'

const PAGE = 500
/** Blobs on their way at one time. */
const AT_ONCE = 8

/** A blob whose bytes at the source do not hash to its digest. It is not copied. */
export interface BlobFault {
  readonly kind: 'missingBytes' | 'wrongSize' | 'corruptBytes' | 'unreadableBytes'
  readonly digest: string
  readonly detail: string
}

export interface CopyOptions {
  /** What is done about bytes that an earlier walk has copied: nothing, a look at their size, or hashing them again. */
  readonly recheck: 'nothing' | 'size' | 'bytes'
  readonly onFault: (fault: BlobFault) => void
  /** Called after each blob, with the number of all blobs and bytes that the target has by now. */
  readonly onProgress: (done: { readonly blobs: number; readonly bytes: number }) => void
}

/**
 * Copies the bytes of every sound blob to the target, under the same storage key, except those that are there. Bytes
 * that are journalled as whole were hashed on their way and had the right size after it. Returns what was copied.
 * @throws MoveRefused, and whatever the target's store throws
 */
export async function copyBytes(move: Move, options: CopyOptions): Promise<{ blobs: number; bytes: number }> {
  const { inventory } = move.source.metadata.rows
  const copied = { blobs: 0, bytes: 0 }
  const done = { blobs: 0, bytes: 0 }
  for await (const page of everyPage(inventory.blobs, row => row.digest, PAGE)) {
    const sound = page.filter(blob => blob.damagedAt === undefined)
    const written = await move.target.metadata.rows.moves.written(sound.map(blob => blob.storageKey))
    await intend(
      move,
      sound.map(blob => blob.storageKey).filter(key => !written.has(key)),
    )
    await inParallel(sound, AT_ONCE, async blob => {
      if (!(await isThere(move, blob, written, options.recheck))) {
        if (!(await copyBlob(move, blob, written.has(blob.storageKey), options))) return
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
async function intend(move: Move, keys: readonly StorageKey[]): Promise<void> {
  if (keys.length === 0) return
  await inParallel(keys, AT_ONCE, async key => {
    if ((await move.target.blobs.sizeBytes(key)) !== undefined)
      throw new MoveRefused(`${move.target.place} has bytes that this move did not write: ${key}.`)
  })
  await move.onTarget(({ moves }) => moves.intend(keys))
}

async function isThere(
  { target }: Move,
  { digest, sizeBytes, storageKey }: InventoryBlob,
  written: ReadonlyMap<StorageKey, boolean>,
  recheck: CopyOptions['recheck'],
): Promise<boolean> {
  if (written.get(storageKey) !== true) return false
  if (recheck === 'nothing') return true
  if ((await target.blobs.sizeBytes(storageKey)) !== sizeBytes) return false
  return recheck === 'size' || (await hashStored(target.blobs, storageKey, algorithmOf(digest))) === digest
}

/** False when the blob has a fault, which was told, or has gone from the source meanwhile. */
async function copyBlob(
  move: Move,
  blob: InventoryBlob,
  mayBeThere: boolean,
  { recheck, onFault }: CopyOptions,
): Promise<boolean> {
  const { source, target } = move
  const { digest, sizeBytes, storageKey } = blob
  if (mayBeThere) {
    await move.onTarget(({ moves }) => moves.setWhole(storageKey, false))
    await target.blobs.remove(storageKey)
  }
  const fault = await transfer(source.blobs, target.blobs, blob)
  if (fault !== undefined) {
    await target.blobs.remove(storageKey)
    const now = await source.metadata.rows.inventory.findBlob(digest)
    if (now?.storageKey === storageKey && now.damagedAt === undefined) onFault({ ...fault, digest })
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

async function transfer(
  from: BlobStore,
  to: BlobStore,
  { digest, sizeBytes, storageKey }: InventoryBlob,
): Promise<Omit<BlobFault, 'digest'> | undefined> {
  const hash = new RunningHash(algorithmOf(digest))
  const writer = await to.create(storageKey)
  try {
    for await (const bytes of readingFrom(from, storageKey)) {
      hash.update(bytes)
      if (writer.sizeBytes + bytes.length > sizeBytes) return wrongSize(`more than ${sizeBytes} bytes`)
      await writer.write(Buffer.from(bytes)) // a copy: the reader uses its memory again
    }
    if (writer.sizeBytes < sizeBytes) return wrongSize(`${writer.sizeBytes} bytes where ${sizeBytes} are expected`)
    const computed = hash.digest()
    if (computed !== digest) return { kind: 'corruptBytes', detail: `its bytes are those of ${computed}` }
    await writer.commit()
    return undefined
  } catch (error) {
    if (error instanceof Unread) return error.fault
    throw error
  } finally {
    await writer.close()
  }
}

const wrongSize = (detail: string) => ({ kind: 'wrongSize', detail }) as const

/** Tells the source's failures from those of the target. */
class Unread extends Error {
  readonly fault: Omit<BlobFault, 'digest'>

  constructor(fault: Omit<BlobFault, 'digest'>) {
    super(fault.detail)
    this.fault = fault
  }
}

async function* readingFrom(blobs: BlobStore, key: StorageKey): AsyncGenerator<Buffer> {
  let pieces: AsyncIterable<Buffer> | undefined
  try {
    pieces = await blobs.read(key)
    if (pieces !== undefined) yield* pieces
  } catch (error) {
    throw new Unread({ kind: 'unreadableBytes', detail: error instanceof Error ? error.message : String(error) })
  }
  if (pieces === undefined) throw new Unread({ kind: 'missingBytes', detail: 'its bytes are missing' })
}

/** Removes what was copied for blobs that have gone since. The target must have all of its rows. */
export async function removeLeftOver(move: Move): Promise<void> {
  const { moves, inventory } = move.target.metadata.rows
  for await (const keys of everyPage(moves.journal, key => key, PAGE)) {
    const known = await inventory.knownKeys(keys)
    const left = keys.filter(key => !known.has(key))
    await inParallel(left, AT_ONCE, key => move.target.blobs.remove(key))
    if (left.length > 0) await move.onTarget(rows => rows.moves.forget(left))
  }
}

/** Empties the journal of the target, when the move is done. */
export async function clearJournal(move: Move): Promise<void> {
  const { moves } = move.target.metadata.rows
  for await (const keys of everyPage(moves.journal, key => key, PAGE))
    await move.onTarget(rows => rows.moves.forget(keys))
}
