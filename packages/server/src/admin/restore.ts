import { BackupRefused } from '../ports/backup-folder.ts'
import { type CheckedBackup, checkBytes } from '../registry/backup/check-backup.ts'
import { type Restored, type RestoreOptions, restoreBackup } from '../registry/backup/restore-backup.ts'
import type { RegistryContext } from '../registry/context.ts'
import type { BlobFault } from '../registry/move/copy-object.ts'
import type { Storage } from '../registry/move/move-target.ts'
import { type AdminOptions, Unfinished } from './command.ts'
import type { FolderCommand } from './folder-call.ts'
import type { Progress } from './progress.ts'
import { showBytes } from './show-bytes.ts'

export const restoreCommand: FolderCommand = {
  options: {
    'enable-keys': { about: 'Let access keys be good at once that were good when the backup was made.' },
    'skip-damaged': { about: 'Restore the rest where bytes of the backup are damaged.' },
    check: { about: 'Read and check the whole backup, and write nothing.' },
  },
  about: 'Restore a backup to an empty place: a new data folder, or a new database and an empty bucket or prefix.',
  examples: [
    'berthd restore /backup/berth --data-dir /var/lib/berth-new --secret-key-file secret.key',
    'berthd restore /backup/berth --check --secret-key-file secret.key',
  ],
}

/** The sentence for a restore that is stopped by a signal. */
export const RESTORE_STOPPED =
  'The restore was stopped, and nobody serves from there. Run the same command again: it goes on from what is there.'

/** Reads every byte of a backup, and returns what is printed. */
export async function runCheck(backup: CheckedBackup, progress: Progress, signal: AbortSignal): Promise<unknown> {
  let faults = 0
  progress.line('restore: checking bytes')
  await checkBytes(backup, { hash: true, signal, onFault: told(progress, () => (faults += 1)) })
  const { id, takenAt, berth, schema, blobs } = backup.manifest
  const answer = { backup: backup.folder.place, id, takenAt, berth, schema, blobs, faults }
  return faults === 0 ? answer : new Unfinished(answer)
}

/** Checks before anything is written whether the files are there, each with its size. @throws BackupRefused */
export async function requireFiles(
  backup: CheckedBackup,
  options: AdminOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let faults = 0
  const onFault = options.given('skip-damaged') ? () => {} : told(progress, () => (faults += 1))
  await checkBytes(backup, { hash: false, signal, onFault })
  if (faults === 0) return
  throw new BackupRefused(
    `${faults} ${faults === 1 ? 'blob is' : 'blobs are'} missing or cut short in ${backup.folder.place}. Nothing was ` +
      'written. Take a copy of the backup that is whole, or restore the rest with --skip-damaged.',
  )
}

/** Restores to opened storage. What it prints follows once the restore is complete: `describeRestored`. */
export function runRestore(
  backup: CheckedBackup,
  storage: Storage,
  clock: RegistryContext['clock'],
  {
    options,
    progress,
    ...given
  }: { options: AdminOptions; progress: Progress } & Pick<RestoreOptions, 'signal' | 'onBegin'>,
): Promise<Restored> {
  const { count, bytes: all } = backup.manifest.blobs
  return restoreBackup(backup, storage, clock, {
    ...given,
    enableKeys: options.given('enable-keys'),
    skipDamaged: options.given('skip-damaged'),
    onFault: told(progress, () => {}),
    onStep: step => progress.line(`restore: ${step}`),
    onBytes: ({ blobs, bytes }) =>
      progress.now(`restore: ${blobs} of ${count} blobs, ${showBytes(bytes)} of ${showBytes(all)} are there`),
    onRows: ({ table, rows }) => progress.now(`restore: ${table}, ${rows} rows`),
  })
}

/** What the command prints. */
export function describeRestored({ manifest, folder }: CheckedBackup, place: string, restored: Restored): unknown {
  const { state, copied, faults, disabledKeys } = restored
  const about = { backup: folder.place, id: manifest.id, takenAt: manifest.takenAt, to: place, state, copied, faults }
  if (state === 'copying')
    return new Unfinished({
      ...about,
      next: [
        'Blobs of the backup are damaged, which were told of. Nobody serves from there yet.',
        'Put whole copies of their files into the backup and run this again, which goes on where it was; or restore the ' +
          'rest with --skip-damaged.',
      ],
    })
  const next = ['Start berthd with the same settings and the same secret key, and log in again: old logins are void.']
  if (disabledKeys > 0)
    next.push(
      `Access keys switched off: ${disabledKeys}, since any of them may have been revoked after the backup. Enable those ` +
        'that you trust with `berthd admin key enable --access-key-id KEY`, or make new ones with `berthd admin key create`.',
    )
  if (faults > 0)
    next.push(
      'Images that need the damaged blobs cannot be pulled whole until they are pushed again; `verify` names them.',
    )
  const answer = { ...about, disabledKeys, next }
  return faults === 0 ? answer : new Unfinished(answer)
}

const told =
  (progress: Progress, count: () => void) =>
  ({ kind, digest, detail }: BlobFault) => {
    count()
    progress.line(`restore: ${kind} ${digest}: ${detail}`)
  }
