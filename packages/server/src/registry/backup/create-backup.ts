import { randomUUID } from 'node:crypto'
import type { Actor } from '../../domain/actor.ts'
import type { Sealer } from '../../domain/secrets/sealer.ts'
import { type BackupFolder, BackupRefused } from '../../ports/backup-folder.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { InventoryBlob } from '../../ports/rows/upkeep/inventory.ts'
import type { RegistryContext } from '../context.ts'
import { everyRow } from '../every-page.ts'
import { type BlobSource, blobSourceOf } from '../move/copy-bytes.ts'
import { type CopyingOptions, copyToBackup, removeUnnamed } from './copy-to-backup.ts'
import {
  type BackupManifest,
  type BackupOwner,
  encodeManifest,
  encodeOwner,
  FORMAT,
  FORMAT_VERSION,
  readOwner,
} from './manifest.ts'
import { holdRemovals, type RemovalHold } from './removal-hold.ts'
import { readBlobs, tableOfBlobs, type WriteOptions, writeRows } from './row-files.ts'

/** How many walks come before removals wait. The last of them finds little that is new. */
const WALKS = 4
const LITTLE_BYTES = 256 * 1024 * 1024

export interface BackupOptions extends CopyingOptions, WriteOptions {
  readonly sealer: Sealer
  readonly actor: Actor
  /** Where the registry is, in words for an operator. */
  readonly place: string
  /** This release of berth, and the last step that its database has taken. */
  readonly release: Pick<BackupManifest, 'berth' | 'schema'>
  /** Milliseconds for which removals may wait. */
  readonly holdMs: number
  readonly onStep: (step: string) => void
}

export interface BackupReport {
  readonly manifest: BackupManifest
  /** What this run copied. */
  readonly copied: { readonly blobs: number; readonly bytes: number }
  /** Blobs whose bytes are not in the backup, because they are damaged in the registry. */
  readonly faults: number
}

/**
 * Makes a backup of a registry that may serve meanwhile, or brings the one that the folder has up to date. It can be
 * killed at any point and run again: what is in the folder is a whole backup, the last one that was completed.
 * @throws BackupRefused, and what the registry's stores throw
 */
export async function createBackup(
  context: RegistryContext,
  folder: BackupFolder,
  options: BackupOptions,
): Promise<BackupReport> {
  const owner = await claimFolder(context, folder)
  const copied = { blobs: 0, bytes: 0 }
  const copy = async (source: BlobSource, more: Partial<CopyingOptions>) => {
    const walk = await copyToBackup(source, folder, { ...options, ...more })
    copied.blobs += walk.copied.blobs
    copied.bytes += walk.copied.bytes
    return walk
  }

  options.onStep('copying bytes')
  // Faults of blobs are told once, by the last walk.
  const early = { onFault: () => {} }
  for (let walk = 1; walk <= WALKS; walk += 1) {
    const found = await copy(blobSourceOf(context), { ...early, rehash: options.rehash && walk === 1 })
    if (found.copied.bytes < LITTLE_BYTES) break
  }

  await using hold = await holdRemovals(context, {
    actor: options.actor,
    mostMs: options.holdMs,
    detail: `to ${folder.place}`,
  })
  options.onStep('copying rows')
  const id = randomUUID()
  const { takenAt, tables } = await context.metadata.snapshot(async ({ tables: rows }) => {
    const at = context.clock.now()
    return { takenAt: new Date(at).toISOString(), tables: await writeRows(folder, rows, options) }
  })
  await folder.keepRows(id)

  options.onStep('copying the bytes that came meanwhile')
  const blobs = () => readBlobs(folder, id, tables)
  let faults = 0
  const { there } = await copy(ofSnapshot(context, blobs, hold), {
    rehash: false,
    onFault: fault => {
      faults += 1
      options.onFault(fault)
    },
  })
  const counted = tableOfBlobs(tables)?.rows ?? 0
  const manifest: BackupManifest = {
    format: FORMAT,
    version: FORMAT_VERSION,
    id,
    ...options.release,
    takenAt,
    place: options.place,
    owner,
    tables,
    blobs: { count: there.blobs, bytes: there.bytes, damaged: counted - there.blobs },
  }
  options.signal.throwIfAborted()
  await folder.putManifest(encodeManifest(manifest, options.sealer))

  options.onStep('removing what the registry has no more')
  await folder.removeOtherRows(id)
  await removeUnnamed(folder, blobs, counted)
  return { manifest, copied, faults }
}

/** Makes sure that the folder is of this registry alone. */
async function claimFolder({ metadata }: RegistryContext, folder: BackupFolder): Promise<BackupOwner> {
  const [mine, there] = [await findOwner(metadata.rows), await readOwner(folder)]
  if (there === undefined) await folder.putOwner(encodeOwner(mine))
  else if (there.accountId !== mine.accountId || there.createdAt !== mine.createdAt)
    throw new BackupRefused(
      `${folder.place} is for the backups of another registry (of account ${there.accountId}), and stays as it is. Name ` +
        'another folder.',
    )
  return mine
}

/** The account that was made first. */
async function findOwner({ registries }: Rows): Promise<BackupOwner> {
  let first: BackupOwner | undefined
  for await (const { accountId, createdAt } of everyRow(registries.list, row => row.accountId))
    if (first === undefined || createdAt < first.createdAt) first = { accountId, createdAt }
  if (first === undefined) throw new BackupRefused('The registry has no account, and there is nothing to keep.')
  return first
}

/** The blobs of the snapshot. Their bytes are there for as long as removals wait. */
function ofSnapshot(
  context: RegistryContext,
  pages: () => AsyncIterable<InventoryBlob[]>,
  hold: RemovalHold,
): BlobSource {
  return {
    blobs: context.blobs,
    async *pages() {
      for await (const page of pages()) {
        hold.requireTime()
        yield page
      }
    },
    async hasStill({ digest }) {
      hold.requireTime()
      if ((await context.metadata.rows.inventory.findBlob(digest)) === undefined)
        throw new BackupRefused(
          `The bytes of ${digest} were removed while the backup was made. Run it again; a server of an older ` +
            'release does not wait for backups.',
        )
      return true
    },
  }
}
