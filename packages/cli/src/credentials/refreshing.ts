import { CommandError } from '../errors.ts'
import type { Credentials } from '../http/sign.ts'
import { typeName } from '../python/text.ts'
import { readIso } from '../python/timestamp.ts'
import type { Value } from '../python/value.ts'

/** Keys with the time of their end in ISO 8601; undefined where they never end. */
export interface TemporaryCredentials {
  readonly credentials: Credentials
  readonly expiration: string | undefined
}

const MINUTE = 60_000
/**
 * So long before the end of keys other keys are asked for. A service that cannot give them yet is forgiven until
 * MANDATORY before the end.
 */
const ADVISORY = 15 * MINUTE
const MANDATORY = 10 * MINUTE
/** Keys that end within ADVISORY are asked for again at most once in this time. */
const FRESH = MINUTE

/**
 * A provider of keys that last. `ask` is called for the first keys, unless they are given, and again when keys are
 * about to end. The provider remembers its keys.
 * @throws CommandError `general` in the original's words, where new keys have ended already
 */
export function refreshing<A extends unknown[]>(
  ask: (...args: A) => Promise<TemporaryCredentials>,
  first?: TemporaryCredentials,
  now: () => number = Date.now,
): (...args: A) => Promise<Credentials> {
  let current = first
  let askedAt = now()
  const renew = async (...args: A) => {
    if (!current) {
      current = await ask(...args)
      askedAt = now()
    }
    const left = timeLeft(current, now())
    if (left >= ADVISORY || (left >= MANDATORY && now() - askedAt < FRESH)) return current.credentials
    try {
      current = await ask(...args)
      askedAt = now()
      // Keys with an end are always followed by keys with an end.
      readExpiration(current.expiration ?? null)
    } catch (error) {
      if (left < MANDATORY) throw error
      return current.credentials
    }
    if (timeLeft(current, now()) >= 0) return current.credentials
    throw new CommandError('general', 'Credentials were refreshed, but the refreshed credentials are still expired.')
  }
  // Requests that are sent at the same time share one question.
  let asking: Promise<Credentials> | undefined
  return (...args) => {
    asking ??= renew(...args).finally(() => {
      asking = undefined
    })
    return asking
  }
}

/** Milliseconds until the keys end. */
function timeLeft({ expiration }: TemporaryCredentials, now: number): number {
  if (expiration === undefined) return Number.POSITIVE_INFINITY
  if (/[Z+]|-\d\d:\d\d(?::\d\d)?$/.test(expiration)) return Date.parse(expiration) - now
  throw new CommandError('general', "can't subtract offset-naive and offset-aware datetimes")
}

/**
 * The time that an `Expiration` names, in ISO 8601.
 * @throws CommandError `general` in the words of the original's parser of dates
 */
export function readExpiration(value: Value): string {
  if (typeof value !== 'string') {
    throw new CommandError('general', `Parser must be a string or character stream, not ${typeName(value)}`)
  }
  if (value.trim() === '') throw new CommandError('general', `String does not contain a date: ${value}`)
  const refusal = (reason: string) => `${reason}: ${value}`
  const iso = readIso(value, refusal) ?? readIso(value.replace(/[ \t]*(?:UTC|GMT)$/i, 'Z'), refusal)
  if (iso === undefined) throw new CommandError('general', `Unknown string format: ${value}`)
  return iso
}
