import { resolve } from 'node:path'
import type { AdminOptions } from '../admin/command.ts'
import type { Progress } from '../admin/progress.ts'
import { describeRestored, requireFiles, runCheck, runRestore } from '../admin/restore.ts'
import type { SettingValues } from '../config/settings.ts'
import type { Actor } from '../domain/actor.ts'
import type { Sealer } from '../domain/secrets/sealer.ts'
import { systemClock } from '../ports/clock.ts'
import { type CheckedBackup, checkBackup } from '../registry/backup/check-backup.ts'
import { completeRestore, type Restored } from '../registry/backup/restore-backup.ts'
import type { Storage } from '../registry/move/move-target.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { openBackupToRead } from '../storage/open-backup.ts'
import { databaseSteps, hasFiles, openStorage, placeOf, takeBack } from '../storage/open-stores.ts'
import { requireRestorable, sealerForRestore } from '../storage/restore-place.ts'

export interface RestoreCall {
  /** Where the registry is to be. */
  readonly config: SettingValues
  readonly options: AdminOptions
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly actor: Actor
}

/**
 * Restores a backup to an empty place, or checks it and writes nothing. Returns what is printed. A restore that is
 * refused before its first byte leaves nothing behind.
 * @throws BackupRefused, SecretKeyError, StorageError, FolderInUse, and what the stores throw
 */
export async function restoreFrom(dir: string, call: RestoreCall): Promise<unknown> {
  const { config, options, progress, signal } = call
  const isCheck = options.given('check')
  using opened = await openBackupToRead(dir)
  const sealer = await sealerForRestore(config)
  const onStep = (step: string) => progress.line(`restore: ${step}`)
  const steps = await databaseSteps()
  if (!isCheck) await requireRestorable(config, steps[0] ?? '')
  const backup = await checkBackup(opened.folder, { sealer, steps, signal, onStep })
  if (isCheck) return runCheck(backup, progress, signal)
  await requireFiles(backup, options, progress, signal)
  const restored = await restoreInPlace(backup, call, sealer)
  return describeRestored(backup, placeOf(config), restored)
}

async function restoreInPlace(backup: CheckedBackup, call: RestoreCall, sealer: Sealer): Promise<Restored> {
  if (!hasFiles(call.config)) return restoreTo(backup, call, sealer, () => {})
  using folder = await lockFolder(resolve(call.config.dataDir))
  let hasBegun = false
  try {
    return await restoreTo(backup, call, sealer, () => {
      hasBegun = true
    })
  } catch (error) {
    if (!hasBegun) await folder.takeBack()
    throw error
  }
}

async function restoreTo(
  backup: CheckedBackup,
  { config, options, progress, signal, actor }: RestoreCall,
  sealer: Sealer,
  onBegin: () => void,
): Promise<Restored> {
  let hasBegun = false
  const restored = await inStorage(config, backup.manifest.schema, async storage => {
    try {
      return await runRestore(backup, storage, systemClock, {
        options,
        progress,
        signal,
        onBegin() {
          hasBegun = true
          onBegin()
        },
      })
    } catch (error) {
      if (hasBegun)
        progress.line('restore: not ended, and nobody serves from there; the same command goes on from here')
      else await takeBack(storage.metadata)
      throw error
    }
  })
  if (restored.state === 'restored')
    await inStorage(config, undefined, storage =>
      completeRestore(backup, { ...storage, clock: systemClock }, { sealer, actor, place: storage.place }),
    )
  return restored
}

/** Opens the place with its tables at that step, or up to date. */
async function inStorage<T>(
  config: SettingValues,
  upTo: string | undefined,
  work: (storage: Storage) => Promise<T>,
): Promise<T> {
  await using storage = await openStorage(config, { upTo })
  return await work(storage)
}
