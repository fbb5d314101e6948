import { statSync } from 'node:fs'
import { isOutage, isProblem, RegistryError } from '../../domain/problem.ts'
import { diskFull } from '../../runtime/disk/fs-errors.ts'

// Primary result codes (sqlite.org/rescode.html): the low byte of an extended code.
const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NO_DATABASE = 26
/** Codes that a disk without room may lead to besides: files beside the database cannot be written, made or opened. */
const MAYBE_FULL: ReadonlySet<number> = new Set([IO_ERROR, CANNOT_OPEN])
/**
 * The words for codes that say that the database cannot be used now, and may be later: they are told apart from a fault
 * of ours.
 */
const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [BUSY, 'The database is locked by another process.'],
  [LOCKED, 'The database is locked.'],
  [READ_ONLY, 'The database is read-only.'],
  [IO_ERROR, 'The database could not be read or written.'],
  [CANNOT_OPEN, 'The database file could not be opened.'],
])

/** Whether SQLite lacked room on the disk, by its error or by the one made of it. */
export function lackOfRoom(error: unknown): 'certain' | 'maybe' | 'none' {
  const code = resultCode(isOutage(error) ? error.cause : error)
  return code === FULL ? 'certain' : MAYBE_FULL.has(code ?? 0) ? 'maybe' : 'none'
}

export const isBusy = (error: unknown): boolean => resultCode(error) === BUSY

/** Returns the port's `unavailable` where SQLite's error means that, else the error itself. */
export function translateSqliteError(error: unknown): unknown {
  if (resultCode(error) === FULL) return diskFull('the database', error)
  const what = UNAVAILABLE.get(resultCode(error) ?? 0)
  return what === undefined ? error : unavailable(what, error)
}

/** What SQLite tells of a file that cannot be opened, and what an operator may do about it, by the codes above. */
const OPENING: ReadonlyMap<number, string> = new Map([
  [BUSY, 'another process has locked it. End that one, such as another berthd or sqlite3, and try again.'],
  [LOCKED, 'it is locked. Try again in a moment.'],
  [READ_ONLY, 'it is read-only for this user. Run berthd as its owner, or look at how its disk is mounted.'],
  [IO_ERROR, 'it could not be read or written. Look at its disk and at the log of the system.'],
  [CORRUPT, 'it is damaged. Restore a backup to a new folder (berthd help restore).'],
  [CANNOT_OPEN, 'SQLite could not open it or a file beside it. Look at whose the folder is, and at the files in it.'],
])

/**
 * As `translateSqliteError`, for a database that cannot be opened. The message names the file, which a person must
 * look at, and says what to do.
 */
export function openingError(file: string, error: unknown): unknown {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    return unavailable(`${file} is a folder, and no file. Name another folder with --data-dir.`, error)
  const translated = translateSqliteError(error)
  if (isProblem(translated, 'storageFull'))
    return new RegistryError({ ...translated.problem, what: `${file}: ${translated.problem.what}` }, { cause: error })
  const code = resultCode(error)
  if (code === undefined) return translated
  if (code === NO_DATABASE)
    return unavailable(
      `${file} is no database, or one that was damaged, and stays as it is. Name another folder with --data-dir, or restore ` +
        'a backup to a new one.',
      error,
    )
  const { message } = error as Error
  const told = OPENING.get(code) ?? `SQLite says: ${message}. Look at the file, or restore a backup to a new folder.`
  return unavailable(`${file} cannot be used: ${told}`, error)
}

export const unavailable = (what: string, cause?: unknown) =>
  new RegistryError({ kind: 'unavailable', what, retryAfterSeconds: 5 }, { cause })

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined
  return error.errcode & 0xff
}
