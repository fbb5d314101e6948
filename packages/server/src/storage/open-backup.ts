import { access, constants, lstat, open, readdir, realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { type BackupFolder, BackupRefused } from '../ports/backup-folder.ts'
import { openLock } from './folder-lock.ts'
import { makeFolder } from './make-folder.ts'
import { hasCode } from './private-file.ts'

const LOCK = 'lock'
/** The lock, with the file that SQLite puts beside it while it is locked. */
const LOCKS = [LOCK, `${LOCK}-journal`]
/** The folder that a file system makes in its own top folder. */
const OF_SYSTEM = 'lost+found'

export interface OpenBackup extends Disposable {
  readonly folder: BackupFolder
}

/**
 * Opens the folder of a backup for this process alone, and makes it where it is missing (0700). `dataDir` is where the
 * registry is, and so where its backup is not.
 * @throws BackupRefused
 */
export async function openBackupToWrite(dir: string, dataDir: string): Promise<OpenBackup> {
  const place = resolve(dir)
  if (await isWithin(place, resolve(dataDir)))
    throw new BackupRefused(
      `${place} is in the data folder ${resolve(dataDir)}, and would be lost with it. Name a folder elsewhere, on ` +
        'another disk if there is one.',
    )
  if (!(await isFolder(place))) await makeFolder(place)
  const { isOfBackup, openBackupFolder } = await import('../adapters/backup-files/open-backup-folder.ts')
  const names = await readdir(place)
  const isOurs = names.includes('registry.json') || names.includes('backup.json')
  const others = names.filter(name => !isOfBackup(name) && !LOCKS.includes(name) && name !== OF_SYSTEM)
  if (others.length > 0 && !isOurs)
    throw new BackupRefused(
      `${place} is not empty (${others.slice(0, 3).join(', ')}), and holds no backup of berth's; it stays as it is. Name ` +
        'an empty folder, or one that is not there yet.',
    )
  await access(place, constants.R_OK | constants.W_OK | constants.X_OK)
  const lock = await lockBackup(place)
  try {
    return { folder: await openBackupFolder(place, { write: true }), [Symbol.dispose]: () => lock.close() }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** Opens the folder of a backup to read. It may be on a disk that takes no writes. @throws BackupRefused */
export async function openBackupToRead(dir: string): Promise<OpenBackup> {
  const place = resolve(dir)
  if (!(await isFolder(place))) throw new BackupRefused(`${place} is not there. Name the folder of a backup.`)
  const mayWrite = await access(place, constants.W_OK).then(
    () => true,
    () => false,
  )
  const isLocked = mayWrite && (await readdir(place)).includes(LOCK)
  const lock = isLocked ? await lockBackup(place) : undefined
  const { openBackupFolder } = await import('../adapters/backup-files/open-backup-folder.ts')
  try {
    return { folder: await openBackupFolder(place, { write: false }), [Symbol.dispose]: () => lock?.close() }
  } catch (error) {
    lock?.close()
    throw error
  }
}

/** Locks the folder. The lock goes with the process, however that ends. */
async function lockBackup(place: string) {
  const file = join(place, LOCK)
  await (await open(file, 'a', 0o600)).close()
  return openLock(
    file,
    () => new BackupRefused(`Another berthd works on the backup in ${place}. Wait until it has ended, and run again.`),
  )
}

/** Whether the path is a folder; false where nothing is there. @throws BackupRefused for anything but a folder */
async function isFolder(place: string): Promise<boolean> {
  try {
    const found = await lstat(place)
    if (found.isDirectory()) return true
    if (!found.isSymbolicLink()) throw new BackupRefused(`${place} is a file, and no folder. Name a folder.`)
    const target = await realpath(place).catch(() => undefined)
    throw new BackupRefused(
      `${place} is a link${target === undefined ? ' to nowhere' : ''}, which may lead elsewhere next time. Name ` +
        `${target === undefined ? 'a folder' : `the folder itself: ${target}`}.`,
    )
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** Whether a folder, which may be missing, is the other or lies in it, whatever links lead there. */
async function isWithin(folder: string, outer: string): Promise<boolean> {
  const path = relative(await realOf(outer), await realOf(folder))
  return path === '' || !(path === '..' || path.startsWith('../'))
}

async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || dirname(path) === path) throw error
    return join(await realOf(dirname(path)), relative(dirname(path), path))
  }
}
