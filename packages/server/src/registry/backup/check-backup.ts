import { inParallel } from '@berth/lifecycle'
import { algorithmOf } from '../../domain/digest.ts'
import type { Sealer } from '../../domain/secrets/sealer.ts'
import { type BackupFolder, BackupRefused } from '../../ports/backup-folder.ts'
import type { InventoryBlob } from '../../ports/rows/upkeep/inventory.ts'
import { hashStored } from '../blobs/hash-stored.ts'
import type { BlobFault } from '../move/copy-object.ts'
import { type BackupManifest, readManifest } from './manifest.ts'
import { checkRows, readBlobs } from './row-files.ts'

/** How many blobs are looked at at one time. */
const AT_ONCE = 8

/** A completed backup whose manifest and rows are as they were written. */
export interface CheckedBackup {
  readonly folder: BackupFolder
  readonly manifest: BackupManifest
  /** The blobs that the rows of the backup name, damaged ones included. */
  readonly blobs: () => AsyncIterable<readonly InventoryBlob[]>
}

export interface CheckOptions {
  readonly sealer: Sealer
  /** The steps of the database that this release knows, in order. */
  readonly steps: readonly string[]
  readonly signal: AbortSignal
  readonly onStep: (step: string) => void
}

/** Checks the manifest, its seal by the secret key, and all rows. Nothing is written. @throws BackupRefused */
export async function checkBackup(folder: BackupFolder, options: CheckOptions): Promise<CheckedBackup> {
  const manifest = await readManifest(folder, options.sealer, options.steps)
  options.onStep('checking rows')
  for (const table of manifest.tables) {
    options.signal.throwIfAborted()
    await checkRows(folder, manifest.id, table)
  }
  return { folder, manifest, blobs: () => readBlobs(folder, manifest.id, manifest.tables) }
}

/**
 * Looks at the bytes of every sound blob: at their size, or with `hash` at all of them. Tells each fault.
 * @throws BackupRefused for what is no plain file
 */
export async function checkBytes(
  { folder, blobs }: CheckedBackup,
  { hash, signal, onFault }: { hash: boolean; signal: AbortSignal; onFault: (fault: BlobFault) => void },
): Promise<void> {
  const check = async (blob: InventoryBlob) => {
    signal.throwIfAborted()
    const fault = await faultOf(folder, blob, hash)
    if (fault !== undefined) onFault({ ...fault, digest: blob.digest })
  }
  for await (const page of blobs())
    await inParallel(
      page.filter(({ damagedAt }) => damagedAt === undefined),
      AT_ONCE,
      check,
    )
}

async function faultOf(
  { blobs }: BackupFolder,
  { digest, storageKey, sizeBytes }: InventoryBlob,
  hash: boolean,
): Promise<Omit<BlobFault, 'digest'> | undefined> {
  const stored = await blobs.sizeBytes(storageKey)
  if (stored === undefined) return { kind: 'missingBytes', detail: 'its bytes are missing' }
  if (stored !== sizeBytes) return { kind: 'wrongSize', detail: `${stored} bytes where ${sizeBytes} are expected` }
  if (!hash) return undefined
  try {
    const computed = await hashStored(blobs, storageKey, algorithmOf(digest))
    return computed === digest ? undefined : { kind: 'corruptBytes', detail: `its bytes are those of ${computed}` }
  } catch (error) {
    if (!(error instanceof BackupRefused)) throw error
    return { kind: 'unreadableBytes', detail: error.message }
  }
}
