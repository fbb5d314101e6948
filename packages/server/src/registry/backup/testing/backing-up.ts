import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBackupFolder } from '../../../adapters/backup-files/open-backup-folder.ts'
import { digestOf } from '../../../domain/digest.ts'
import type { Sealer } from '../../../domain/secrets/sealer.ts'
import type { BackupFolder } from '../../../ports/backup-folder.ts'
import type { Clock } from '../../../ports/clock.ts'
import { OPERATOR, type TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import type { BlobFault } from '../../move/copy-object.ts'
import type { Storage } from '../../move/move-target.ts'
import { checkBackup } from '../check-backup.ts'
import { type BackupOptions, type BackupReport, createBackup } from '../create-backup.ts'
import { type BackupManifest, encodeManifest, type TableFile } from '../manifest.ts'
import { completeRestore, type Restored, type RestoreOptions, restoreBackup } from '../restore-backup.ts'

const RELEASE = { berth: '0.0.0', schema: 'the last step' }

/** A folder for one test, which goes with it. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'berth-backup-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export interface BackedUp {
  readonly report: BackupReport
  readonly faults: readonly BlobFault[]
}

/** Backs up to a folder, as a new process would. */
export async function backUp(
  registry: Pick<TemporaryRegistry, 'context' | 'sealer'>,
  place: string,
  options: Partial<BackupOptions> & { readonly through?: (folder: BackupFolder) => BackupFolder } = {},
): Promise<BackedUp> {
  const { through = folder => folder, ...rest } = options
  const folder = through(await openBackupFolder(place, { write: true }))
  const faults: BlobFault[] = []
  const report = await createBackup(registry.context, folder, {
    ...{ sealer: registry.sealer, actor: OPERATOR, place: 'the registry', release: RELEASE, holdMs: 60_000 },
    ...{ rehash: false, signal: new AbortController().signal },
    ...{ onStep: () => {}, onBytes: () => {}, onRows: () => {}, onFault: fault => faults.push(fault) },
    ...rest,
  })
  return { report, faults }
}

/** Every file below a folder, by its path there, with its permissions. */
export async function filesIn(folder: string): Promise<Map<string, number>> {
  const files = new Map<string, number>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(folder.length + 1), (await stat(path)).mode & 0o777)
  }
  return files
}

export interface RestoreInTest extends Partial<RestoreOptions> {
  readonly steps?: readonly string[]
  readonly clock?: Clock
}

/** Checks a backup and restores it, as a new process would. */
export async function restore(
  place: string,
  target: Storage,
  sealer: Sealer,
  { steps = [RELEASE.schema], clock = { now: () => 5_000 }, ...options }: RestoreInTest = {},
): Promise<Restored & { readonly told: readonly BlobFault[] }> {
  const told: BlobFault[] = []
  const signal = new AbortController().signal
  const folder = await openBackupFolder(place, { write: false })
  const backup = await checkBackup(folder, { sealer, steps, signal, onStep: () => {} })
  const restored = await restoreBackup(backup, target, clock, {
    ...{ enableKeys: false, skipDamaged: false, signal, onFault: fault => told.push(fault) },
    ...{ onBegin: () => {}, onStep: () => {}, onBytes: () => {}, onRows: () => {} },
    ...options,
  })
  if (restored.state === 'restored')
    await completeRestore(backup, { ...target, clock }, { sealer, actor: OPERATOR, ...target })
  return { ...restored, told }
}

/** Changes what a backup says of itself, and seals it anew, as only whoever has the secret key can. */
export async function changeManifest(
  place: string,
  sealer: Sealer,
  change: (manifest: BackupManifest) => BackupManifest,
): Promise<void> {
  const file = join(place, 'backup.json')
  const { manifest } = JSON.parse(await readFile(file, 'utf8')) as { manifest: BackupManifest }
  await writeFile(file, encodeManifest(change(manifest), sealer))
}

/** Changes the text of a file of rows, and what the manifest says of the file. */
export async function changeRows(
  place: string,
  sealer: Sealer,
  name: string,
  change: (text: string, table: TableFile) => string | { readonly text: string; readonly columns: readonly string[] },
): Promise<void> {
  const { manifest } = JSON.parse(await readFile(join(place, 'backup.json'), 'utf8')) as { manifest: BackupManifest }
  const file = join(place, `rows-${manifest.id}`, `${name}.jsonl`)
  const tables = manifest.tables.map(table => ({ ...table }))
  const table = tables.find(each => each.name === name)
  if (table === undefined) throw new Error(`no table ${name}`)
  const changed = change(await readFile(file, 'utf8'), table)
  const { text, columns } = typeof changed === 'string' ? { text: changed, columns: table.columns } : changed
  await writeFile(file, text)
  const sha256 = digestOf(text).slice('sha256:'.length)
  const rows = text.split('\n').length - 1
  Object.assign(table, { sha256, columns, rows, bytes: Buffer.byteLength(text) })
  await changeManifest(place, sealer, before => ({ ...before, tables }))
}
