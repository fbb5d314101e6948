import { isProblem, RegistryError } from '../../domain/problem.ts'

// Primary result codes (sqlite.org/rescode.html): the low byte of an extended code.
const BUSY = 5
const CORRUPT = 11
/** What says that the database cannot be used now, and may be later: to be told apart from a fault of ours. */
const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [BUSY, 'The database is locked by another process.'],
  [6, 'The database is locked.'],
  [8, 'The database is read-only.'],
  [10, 'The database could not be read or written.'],
  [13, 'The disk of the database is full.'],
  [14, 'The database file could not be opened.'],
])

export const isBusy = (error: unknown): boolean => resultCode(error) === BUSY

/** The port's `unavailable` where SQLite's error means that, else the error itself. */
export function translateSqliteError(error: unknown): unknown {
  const what = UNAVAILABLE.get(resultCode(error) ?? 0)
  return what === undefined ? error : unavailable(what, error)
}

/**
 * As `translateSqliteError`, for a database that cannot be opened. The message names the file, which a person must
 * look at.
 */
export function openingError(file: string, error: unknown): unknown {
  const translated = translateSqliteError(error)
  if (isProblem(translated, 'unavailable')) return unavailable(`${file}: ${translated.problem.what}`, error)
  const code = resultCode(error)
  if (code === undefined) return error
  const advice = code === CORRUPT ? ' Restore it from a backup.' : ''
  return unavailable(`${file}: ${(error as Error).message}.${advice}`, error)
}

export const unavailable = (what: string, cause?: unknown) =>
  new RegistryError({ kind: 'unavailable', what, retryAfterSeconds: 5 }, { cause })

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined
  return error.errcode & 0xff
}
