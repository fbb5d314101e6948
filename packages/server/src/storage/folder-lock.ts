import { access, constants, readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openDatabase, type SqliteDatabase } from '../adapters/metadata-sqlite/load-sqlite.ts'
import { ReserveFile, reserveFileOf, withRoom } from '../adapters/metadata-sqlite/reserve-file.ts'
import { isBusy, openingError } from '../adapters/metadata-sqlite/sqlite-errors.ts'
import { DiskReserve } from '../runtime/disk/disk-reserve.ts'
import { makeFolder } from './make-folder.ts'
import { hasCode } from './private-file.ts'

/** Another server works on the data folder. */
export class FolderInUse extends Error {
  constructor(folder: string) {
    super(`${folder} is in use by another berthd; stop that one, or name another folder with --data-dir.`)
    this.name = 'FolderInUse'
  }
}

/** A folder that belongs to this process until it is disposed of. */
export interface LockedFolder extends Disposable {
  /**
   * Ends the lock, and removes what berth has put into the folder since the lock began. The folder goes too if it was
   * made for the lock. Whoever opened files in it must have closed them.
   */
  takeBack(): Promise<void>
}

const LOCK = 'serve.lock'
/** The names that berth makes in a data folder. The lock goes last, since it keeps others out. */
const OWN = ['berth.db', 'secret.key', 'credentials', 'address', 'blobs', 'bodies', 'parts', LOCK]
/** The endings of files beside a database, made by SQLite and as its reserve. */
const BESIDE = ['', '-wal', '-shm', '-journal', '-reserve']

/**
 * Claims a folder for one server, and makes it where it is missing. The claim holds until it is disposed of, or until
 * the process ends, however that ends. The lock is SQLite's own on a file: the system frees it with the process, and
 * Node has no other lock that a kill cannot leave behind. Uploads and housekeeping count on being alone.
 * @throws FolderInUse
 */
export async function lockFolder(folder: string): Promise<LockedFolder> {
  const firstMade = await makeFolder(folder)
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  const before = await readdir(folder)
  const disk = new DiskReserve(folder, { held: 'the database' })
  const lock = await withRoom(new ReserveFile(reserveFileOf(join(folder, 'berth.db')), disk), () =>
    openLock(join(folder, LOCK), () => new FolderInUse(folder)),
  )
  let isHeld = true
  const end = () => {
    if (isHeld) lock.close()
    isHeld = false
  }
  return {
    [Symbol.dispose]: end,
    async takeBack() {
      for (const name of OWN.filter(each => !before.includes(each)))
        for (const suffix of BESIDE) await rm(join(folder, name + suffix), { recursive: true, force: true })
      end()
      if (firstMade !== undefined) await removeEmpty(folder, firstMade)
    },
  }
}

/** Locks a file for this process, and makes it where it is missing. `inUse` is what to throw where it is locked. */
export async function openLock(file: string, inUse: () => Error): Promise<SqliteDatabase> {
  await access(file, constants.R_OK | constants.W_OK).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error
  })
  const lock = await openDatabase(file).catch((error: unknown) => {
    throw openingError(file, error)
  })
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive')
  } catch (error) {
    lock.close()
    throw isBusy(error) ? inUse() : openingError(file, error)
  }
  return lock
}

/** Removes a folder and those above it up to `top`, until one holds somebody else's files. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  try {
    for (let each = folder; each.length >= top.length; each = dirname(each)) await rmdir(each)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY')) throw error
  }
}
