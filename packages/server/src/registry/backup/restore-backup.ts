import type { Actor } from '../../domain/actor.ts'
import { isOutage } from '../../domain/problem.ts'
import type { Sealer } from '../../domain/secrets/sealer.ts'
import { BackupRefused } from '../../ports/backup-folder.ts'
import type { MovedTable, TableRow } from '../../ports/rows/move/tables.ts'
import { SigningKeys } from '../access/signing-keys.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext } from '../context.ts'
import { clearJournal, copyBytes, removeLeftOver } from '../move/copy-bytes.ts'
import type { BlobFault } from '../move/copy-object.ts'
import { deleteAll, type RowsProgress } from '../move/copy-rows.ts'
import { type Storage, TakenOver } from '../move/move-target.ts'
import type { CheckedBackup } from './check-backup.ts'
import type { TableFile } from './manifest.ts'
import { RestoreTarget } from './restore-target.ts'
import { readRows } from './row-files.ts'

/** How much memory the rows of a page may take, roughly. */
const PAGE_BYTES = 16 * 1024 * 1024

export interface RestoreOptions {
  /** Whether the access keys that were active are so at once. */
  readonly enableKeys: boolean
  /** Whether to go on without the blobs that are damaged in the backup. */
  readonly skipDamaged: boolean
  readonly signal: AbortSignal
  /** Called once the place is in the hands of this restore. From then on another run can go on with it. */
  readonly onBegin: () => void
  readonly onFault: (fault: BlobFault) => void
  readonly onStep: (step: string) => void
  readonly onBytes: (done: { readonly blobs: number; readonly bytes: number }) => void
  readonly onRows: (done: RowsProgress) => void
}

export interface Restored {
  /** `restored` means that all rows and bytes are there. */
  readonly state: 'copying' | 'restored'
  readonly copied: { readonly blobs: number; readonly bytes: number }
  /** Blobs whose bytes are damaged in the backup. */
  readonly faults: number
  /** Access keys that are switched off. */
  readonly disabledKeys: number
}

/**
 * Copies a backup's bytes and rows to an empty place whose tables are at the backup's step. Each blob is hashed against
 * its row. It can be killed and run again; nobody serves from the place before `completeRestore` has ended.
 * @throws BackupRefused, TakenOver, and what the stores throw
 */
export async function restoreBackup(
  backup: CheckedBackup,
  storage: Storage,
  clock: RegistryContext['clock'],
  options: RestoreOptions,
): Promise<Restored> {
  const target = await RestoreTarget.begin(storage, clock, backup)
  options.onBegin()
  options.onStep('copying bytes')
  const damaged = new Set<string>()
  const copied = await copyBytes(
    { blobs: backup.folder.blobs, pages: backup.blobs, hasStill: async () => true },
    target,
    {
      recheck: 'size',
      signal: options.signal,
      onProgress: options.onBytes,
      onFault(fault) {
        damaged.add(fault.digest)
        options.onFault(fault)
      },
    },
  )
  const report = { copied, faults: damaged.size, disabledKeys: 0 }
  if (damaged.size > 0 && !options.skipDamaged) return { state: 'copying', ...report }
  const rows = new RowsToRestore({ damaged, restoredAt: clock.now(), enableKeys: options.enableKeys })
  if (!(await target.hasRows())) {
    options.onStep('copying rows')
    await putRows(backup, target, rows, options)
    await removeLeftOver(target)
    await target.noteRows()
  }
  return { state: 'restored', ...report, disabledKeys: rows.disabledKeys }
}

/**
 * Makes a new signing key and lets the place be served. Its tables must be up to date. Signatures, passwords and
 * tokens of before are good for nothing.
 */
export async function completeRestore(
  backup: CheckedBackup,
  context: Pick<RegistryContext, 'metadata' | 'blobs' | 'clock'>,
  { sealer, actor, place }: { readonly sealer: Sealer; readonly actor: Actor; readonly place: string },
): Promise<void> {
  const storage = { metadata: context.metadata, blobs: context.blobs, place }
  const target = await RestoreTarget.begin(storage, context.clock, backup)
  await new SigningKeys(context, sealer, actor).rotate()
  await clearJournal(target)
  await target.onTarget(async (rows, row) => {
    const detail = `of ${backup.manifest.takenAt}, from ${backup.folder.place}`
    await recordDeeds(rows, actor, context.clock.now(), [{ action: 'RestoreBackup', detail }])
    await rows.moves.put({ ...row, state: 'done', stopId: undefined, changedAt: context.clock.now() })
  })
}

async function putRows(
  { folder, manifest }: CheckedBackup,
  target: RestoreTarget,
  rows: RowsToRestore,
  { onRows, signal }: RestoreOptions,
): Promise<void> {
  const { tables } = target.target.metadata.rows.tables
  const files = new Map(manifest.tables.map(file => [file.name, file]))
  for (const table of tables.toReversed()) if (files.has(table.name)) await deleteAll(target, table)
  for (const table of tables) {
    const file = files.get(table.name)
    if (file === undefined) continue
    let done = 0
    for await (const page of pagesOf(readRows(folder, manifest.id, file), table)) {
      signal.throwIfAborted()
      await insert(
        target,
        table,
        page.map(row => rows.changed(table.name, row)),
      )
      done += page.length
      onRows({ table: table.name, rows: done })
    }
    await setIdentity(target, table, file)
  }
}

async function insert(target: RestoreTarget, table: MovedTable, page: readonly TableRow[]): Promise<void> {
  try {
    await target.onTarget(({ tables }) => tables.insert(table, page))
  } catch (error) {
    if (isOutage(error) || error instanceof TakenOver || !(error instanceof Error)) throw error
    throw new BackupRefused(
      `The database does not take the rows of ${table.name}: ${error.message.replace(/\.$/, '')}. Restore an older backup, ` +
        'and report this.',
      error,
    )
  }
}

async function setIdentity(target: RestoreTarget, table: MovedTable, { lastIdentity }: TableFile): Promise<void> {
  if (table.hasIdentity && lastIdentity !== null)
    await target.onTarget(({ tables }) => tables.setIdentity(table, lastIdentity))
}

async function* pagesOf(rows: AsyncIterable<TableRow>, { pageRows }: MovedTable): AsyncGenerator<TableRow[]> {
  let page: TableRow[] = []
  let bytes = 0
  for await (const row of rows) {
    page.push(row)
    for (const cell of Object.values(row)) if (cell !== null && typeof cell !== 'number') bytes += cell.length
    if (page.length < pageRows && bytes < PAGE_BYTES) continue
    yield page
    page = []
    bytes = 0
  }
  if (page.length > 0) yield page
}

/** Changes the rows that differ in a restored registry from the one that was backed up. */
class RowsToRestore {
  readonly #changes: Readonly<Record<string, (row: TableRow) => TableRow>>
  disabledKeys = 0

  constructor(options: {
    readonly damaged: ReadonlySet<string>
    readonly restoredAt: number
    readonly enableKeys: boolean
  }) {
    const { damaged, restoredAt, enableKeys } = options
    this.#changes = {
      // A key that was revoked since the backup would be good again.
      access_keys: row => {
        if (enableKeys || row['active'] !== 1) return row
        this.disabledKeys += 1
        return { ...row, active: 0 }
      },
      blobs: row => (damaged.has(String(row['digest'])) ? { ...row, damaged_at: restoredAt } : row),
      // A job that was deleting when the backup was made may be the reason for the restore.
      image_jobs: row =>
        row['state'] === 'running'
          ? { ...row, state: 'stopped', reason: 'The registry was restored from a backup.', finished_at: restoredAt }
          : row,
      // No server works on the restored rows yet.
      schedules: row => ({ ...row, lease_until: 0 }),
    }
  }

  changed(table: string, row: TableRow): TableRow {
    return Object.hasOwn(this.#changes, table) ? (this.#changes[table]?.(row) ?? row) : row
  }
}
