import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBackupFolder } from '../../../adapters/backup-files/open-backup-folder.ts'
import type { BackupFolder } from '../../../ports/backup-folder.ts'
import { OPERATOR, type TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import type { BlobFault } from '../../move/transfer.ts'
import { type BackupOptions, type BackupReport, createBackup } from '../create-backup.ts'

export const RELEASE = { berth: '0.0.0', schema: 'the last step' }

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
