import { ProblemError, RegistryError } from '../../domain/problem.ts'
import { diskFull } from '../../runtime/disk/fs-errors.ts'

const SERIALIZATION_FAILURE = '40001'
const DEADLOCK = '40P01'
const UNIQUE_VIOLATION = '23505'
const FOREIGN_KEY_VIOLATION = '23503'
const DISK_FULL = '53100'

/**
 * States that a transaction can meet because of another one at the same time, so that it is worth running again.
 * Constraints are checked against rows that the transaction's own snapshot does not hold yet, so that their violation,
 * too, may be another's doing (PostgreSQL, 13.5, "Serialization Failure Handling").
 */
const CONFLICTS: ReadonlySet<string> = new Set([
  SERIALIZATION_FAILURE,
  DEADLOCK,
  UNIQUE_VIOLATION,
  FOREIGN_KEY_VIOLATION,
])

/** States and, by their first two letters, classes of them that say "not now" (PostgreSQL, appendix A). */
const UNAVAILABLE: ReadonlyMap<string, string> = new Map([
  [SERIALIZATION_FAILURE, 'Too many writes met in the database.'],
  [DEADLOCK, 'Too many writes met in the database.'],
  ['55P03', 'The database was locked for too long.'],
  ['57014', 'The database took too long.'],
  ['25006', 'The database is read-only.'],
  ['25P03', 'A transaction was idle for too long.'],
  ['08', 'The connection to the database broke.'],
  ['28', 'The database refused the user or the password.'],
  ['3D', 'The database does not exist.'],
  ['53', 'The database is out of connections or memory.'],
  ['57', 'The database is stopping or starting.'],
  ['58', 'The database could not read or write its files.'],
])

/** The words for a node that follows another one. */
export const STANDBY = 'The database is a standby, and takes no writes.'
/** The words for a node that is taken out of use. */
export const READ_ONLY = 'The database is read-only (default_transaction_read_only).'

/** The state that a standby answers to a serializable transaction. Elsewhere it means a fault of ours. */
const NOT_SUPPORTED = '0A000'

/** States that a session meets whose node is not the writer any more, or goes away. */
const GONE = /^(?:25006|0A000|57P0[1-5])$/

/** Whether the error says that the session is of no more use. */
export const hasGone = (error: unknown): boolean => GONE.test(stateOf(error) ?? '')

/** As `translatePostgresError`, for the beginning of a serializable transaction. */
export const beginningError = (error: unknown): unknown =>
  stateOf(error) === NOT_SUPPORTED ? unavailable(STANDBY, error) : error

/** Whether running the whole transaction again may end well. */
export const isConflict = (error: unknown): boolean => CONFLICTS.has(stateOf(error) ?? '')

/**
 * The error to throw for the error of a query: the port's `unavailable` where the database cannot be used now and may
 * be later, else the error itself.
 */
export function translatePostgresError(error: unknown): unknown {
  if (error instanceof ProblemError || error instanceof TypeError || error instanceof RangeError) return error
  const state = stateOf(error)
  // An error that the server did not answer is the end of the connection, or of the wait for one.
  if (state === undefined) return unavailable('The database could not be reached.', error)
  if (state === DISK_FULL) return diskFull('the database', error)
  const what = UNAVAILABLE.get(state) ?? UNAVAILABLE.get(state.slice(0, 2))
  return what === undefined ? error : unavailable(what, error)
}

export const unavailable = (what: string, cause?: unknown) =>
  new RegistryError({ kind: 'unavailable', what, retryAfterSeconds: 5 }, { cause })

/** The SQLSTATE of an error that the server answered with; undefined for any other error. */
export function stateOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'severity' in error && 'code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
