import { access, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SettingValues } from '../config/settings.ts'
import { createSealer, type Sealer } from '../domain/secrets/sealer.ts'
import { BackupRefused } from '../ports/backup-folder.ts'
import { NoRegistry } from '../ports/database-refused.ts'
import { isUnfinishedRestore } from '../registry/backup/restore-target.ts'
import { hasFiles, isShared, openMetadata, placeOf } from './open-stores.ts'
import { hasCode } from './private-file.ts'
import { findSecretKey, SecretKeyError } from './secret-key.ts'

/**
 * The names that may be in a folder to which nothing was restored yet, or not all: the key that opens the backup, a
 * lock.
 */
const MAY_BE_THERE =
  /^(?:secret\.key|lost\+found|serve\.lock(?:-journal)?|blobs|parts|bodies|berth\.db(?:-wal|-shm|-journal|-reserve)?)$/

/**
 * The sealer of the secret key that a backup was sealed with. Nothing is made.
 * @throws SecretKeyError
 */
export async function sealerForRestore(config: SettingValues): Promise<Sealer> {
  const dataDir = resolve(config.dataDir)
  const { secretKeyFile, secretKey: key } = config
  const file = secretKeyFile ?? (isShared(config) ? undefined : join(dataDir, 'secret.key'))
  if (key === undefined && !(file !== undefined && (await isThere(file))))
    throw new SecretKeyError(
      `${file === undefined ? 'No secret key was named' : `${file} is not there`}: a backup opens only with the secret key ` +
        'of the registry that was backed up, which is never in the backup. Put it there, or name it with ' +
        '--secret-key-file or BERTH_SECRET_KEY.',
    )
  return createSealer(
    await findSecretKey({ dataDir, file: secretKeyFile, key, isShared: isShared(config) }, async () => false),
  )
}

/**
 * Makes sure that no registry is in the place, nor anything of somebody else's. Nothing is made and nothing changed.
 * `firstStep` is that of the database.
 * @throws BackupRefused, DatabaseRefused
 */
export async function requireRestorable(config: SettingValues, firstStep: string): Promise<void> {
  const dataDir = resolve(config.dataDir)
  const names = hasFiles(config) ? await namesIn(dataDir) : []
  const others = names.filter(name => !MAY_BE_THERE.test(name))
  if (others.length > 0)
    throw new BackupRefused(
      `${dataDir} is not empty (${others.slice(0, 3).join(', ')}). A backup is restored to an empty place only: name ` +
        'another folder with --data-dir.',
    )
  const mayHoldRows = isShared(config) || names.includes('berth.db')
  if (mayHoldRows && (await holdsRegistry({ ...config, dataDir }, firstStep)))
    throw new BackupRefused(
      `${placeOf(config)} is not empty: a registry is there. A backup is restored to an empty place only.`,
    )
}

/** Whether the place holds a registry. A restore that has not ended is none. The tables stay at their step. */
async function holdsRegistry(config: SettingValues, firstStep: string): Promise<boolean> {
  try {
    const metadata = await openMetadata(config, { mayCreate: false, upTo: firstStep })
    try {
      const { moves, registries } = metadata.rows
      return !isUnfinishedRestore(await moves.find('target')) && (await registries.list({ limit: 1 })).length > 0
    } finally {
      await metadata.close()
    }
  } catch (error) {
    if (error instanceof NoRegistry) return false
    throw error
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    (error: unknown) => !hasCode(error, 'ENOENT'),
  )
