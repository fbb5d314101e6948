import { isProblem, ProblemError } from '../../domain/problem.ts'
import { type Refusal, refusalOfNetwork } from '../../runtime/network-errors.ts'
import { wordsOfSystem } from '../../runtime/system-errors.ts'
import { READ_ONLY, STANDBY, stateOf, unavailable } from './postgres-errors.ts'

/** Why one of several hosts cannot be used. */
export class HostError extends Error {
  readonly host: string

  constructor(host: string, cause: unknown) {
    super(`${host}: ${reasonOf(cause)}`, { cause })
    this.host = host
  }
}

type Words = (message: string) => Refusal

const LOG = 'See what the log of PostgreSQL says.'
const AGAIN = 'Try again in a moment.'
const passing: Words = () => ({ what: 'it is starting or stopping', todo: AGAIN })
const noWriter: Words = message => ({
  what: `it ${message.replace(/^The database /, '').replace(/\.$/, '')}`,
  todo:
    `Give the address of the node that takes writes, or those of all nodes with commas between them` +
    (message === READ_ONLY ? '; or switch that setting off.' : '.'),
})

/** By SQLSTATE and, by their first two letters, classes of them (PostgreSQL, appendix A). */
const BY_STATE: ReadonlyMap<string, Words> = new Map<string, Words>([
  [
    '28P01',
    message => ({
      what: `it refuses the user or the password (${message})`,
      todo: 'Mend them in its URL, where a / is %2F, an @ is %40 and a % is %25.',
    }),
  ],
  [
    '28000',
    message => ({
      what: `it does not let this user in (${message})`,
      todo: message.includes('pg_hba')
        ? 'Allow it in the pg_hba.conf there; where only TLS is allowed, sslmode=require in the URL asks for it.'
        : 'Make the user there, or give another one in its URL.',
    }),
  ],
  [
    '3D000',
    message => ({
      what: `it is not there (${message})`,
      todo: 'Make it with createdb, or give its right name in the URL.',
    }),
  ],
  [
    '42501',
    message => ({
      what: `the user may not do that in it (${message})`,
      todo: 'Have the user own it: ALTER DATABASE name OWNER TO user.',
    }),
  ],
  [
    '53300',
    () => ({
      what: 'all connections to it are taken',
      todo: 'Raise max_connections there, or have servers take fewer (--database-connections).',
    }),
  ],
  [
    '55000',
    message => ({
      what: `it takes no connections (${message})`,
      todo: 'Allow them: ALTER DATABASE name ALLOW_CONNECTIONS true.',
    }),
  ],
  ['55P03', () => ({ what: 'another program has locked it for too long', todo: AGAIN })],
  ['57014', () => ({ what: 'it took too long', todo: AGAIN })],
  ['57', passing],
  ['25006', () => noWriter(READ_ONLY)],
])

/** What berth itself finds on a node that it looks at. */
const OURS: ReadonlySet<string> = new Set([READ_ONLY, STANDBY])

/**
 * As `translatePostgresError`, for a database that cannot be opened: a sentence says which database and why, and
 * another one what to do. The URL's password is in none of them.
 */
export function openingError(target: string, error: unknown): unknown {
  if (error instanceof ProblemError && error.problem.kind !== 'unavailable') return error
  const cause = error instanceof ProblemError && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return error
  const { what, todo } = refusalOf(cause)
  return unavailable(`The database ${target} cannot be used: ${what}. ${todo}`, error)
}

function refusalOf(error: Error): Refusal {
  if (!(error instanceof AggregateError && error.errors.every(each => each instanceof HostError))) return ofOne(error)
  const refusals = (error.errors as HostError[]).map(({ host, cause }) => ({ host, ...ofOne(cause) }))
  return {
    what: refusals.map(({ host, what }) => `${host}: ${what}`).join('; '),
    todo: [...new Set(refusals.map(({ todo }) => todo))].join(' '),
  }
}

function ofOne(error: unknown): Refusal {
  const message = reasonOf(error)
  if (isProblem(error, 'unavailable') && OURS.has(error.problem.what)) return noWriter(error.problem.what)
  const state = stateOf(error)
  const words = state === undefined ? undefined : (BY_STATE.get(state) ?? BY_STATE.get(state.slice(0, 2)))
  if (words !== undefined) return words(message)
  if (state !== undefined) return { what: `it answers: ${message}`, todo: LOG }
  const refusal = refusalOfNetwork(error)
  if (refusal !== undefined) return refusal
  if (/does not support SSL/.test(message))
    return { what: 'it speaks no TLS', todo: 'Switch TLS on there (ssl = on), or leave sslmode= out of its URL.' }
  if (/client password must be a/.test(message))
    return { what: 'it asks for a password', todo: 'Put it into the URL: postgres://user:password@host/name.' }
  // A file that the URL names, such as sslrootcert's.
  const file = wordsOfSystem(error)
  if (file !== undefined) return { what: file.replace(/\.$/, ''), todo: 'Mend the URL, or put the file there.' }
  return { what: message, todo: isProblem(error, 'unavailable') ? AGAIN : LOG }
}

/** An error in words, without a full stop. */
export function reasonOf(error: unknown): string {
  // Node reports a name with several addresses as one error without words; so are several hosts reported here.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  if (isProblem(error, 'unavailable')) return error.problem.what.replace(/\.$/, '')
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
}
