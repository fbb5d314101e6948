import { inParallel } from '@berth/lifecycle'
import { algorithmOf } from '../../domain/digest.ts'
import type { BackupFolder } from '../../ports/backup-folder.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import type { InventoryBlob } from '../../ports/rows/upkeep/inventory.ts'
import { hashStored } from '../blobs/hash-stored.ts'
import type { BlobSource } from '../move/copy-bytes.ts'
import { type BlobFault, copyObject } from '../move/copy-object.ts'

/** How many blobs are on their way at one time. */
const AT_ONCE = 8
/** How many keys memory holds at one time, where bytes are looked for that no row names. */
const KEYS_AT_ONCE = 500_000
const SHARDS = 256

export interface CopyingOptions {
  /** Whether bytes that are in the backup are read and hashed again. */
  readonly rehash: boolean
  readonly signal: AbortSignal
  readonly onFault: (fault: BlobFault) => void
  /** Called after each blob, with what this walk has found or put into the backup so far. */
  readonly onBytes: (done: { readonly blobs: number; readonly bytes: number }) => void
}

/** Copies what the backup lacks of the source's sound blobs. Returns what was copied, and what the backup has. */
export async function copyToBackup(source: BlobSource, folder: BackupFolder, options: CopyingOptions) {
  const copied = { blobs: 0, bytes: 0 }
  const there = { blobs: 0, bytes: 0 }
  for await (const page of source.pages()) {
    const sound = page.filter(blob => blob.damagedAt === undefined)
    await inParallel(sound, AT_ONCE, async blob => {
      options.signal.throwIfAborted()
      if (!(await isThere(folder, blob, options.rehash))) {
        const fault = await copyObject(source.blobs, folder.blobs, blob, options.signal)
        if (fault !== undefined) {
          if (await source.hasStill(blob)) options.onFault({ ...fault, digest: blob.digest })
          return
        }
        copied.blobs += 1
        copied.bytes += blob.sizeBytes
      }
      there.blobs += 1
      there.bytes += blob.sizeBytes
      options.onBytes(there)
    })
  }
  return { copied, there }
}

/** Bytes get their name in the backup when they are whole: the size tells whether they have stayed so. */
async function isThere({ blobs }: BackupFolder, blob: InventoryBlob, rehash: boolean): Promise<boolean> {
  if ((await blobs.sizeBytes(blob.storageKey)) !== blob.sizeBytes) return false
  return !rehash || (await hashStored(blobs, blob.storageKey, algorithmOf(blob.digest))) === blob.digest
}

/** Removes the bytes that no blob of the backup names any more. `count` is how many blobs it has. */
export async function removeUnnamed(
  folder: BackupFolder,
  blobs: () => AsyncIterable<readonly InventoryBlob[]>,
  count: number,
): Promise<void> {
  const walks = Math.min(SHARDS, Math.ceil(count / KEYS_AT_ONCE) || 1)
  for (let walk = 0; walk < walks; walk += 1) {
    const isMine = (key: StorageKey) => Number.parseInt(key.slice(0, 2), 16) % walks === walk
    const named = new Set<StorageKey>()
    // The backup may have good bytes of a blob that was found damaged since.
    for await (const page of blobs()) for (const { storageKey } of page) if (isMine(storageKey)) named.add(storageKey)
    for await (const key of folder.blobs.keys()) if (isMine(key) && !named.has(key)) await folder.blobs.remove(key)
  }
}
