import type { Settings } from '../config/settings.ts'
import { CommandError } from '../errors.ts'
import { invalidInteger, parseInteger } from '../python/int.ts'
import { textRepr } from '../python/text.ts'
import type { HttpResponse } from './http1.ts'
import { NetworkError } from './network-error.ts'

interface Attempted<T> {
  readonly value: T
  /** How many attempts were made. */
  readonly attempts: number
}

const DEFAULT_ATTEMPTS = 3
const LONGEST_PAUSE_SECONDS = 20

/**
 * How often a request may be sent: as AWS_MAX_ATTEMPTS or the profile says, or `otherwise` when both are silent.
 * @throws CommandError `general` for a number or a mode that does not exist
 */
export function resolveMaxAttempts(settings: Settings, otherwise = DEFAULT_ATTEMPTS): number {
  const mode = settings.lookUp({ variable: 'AWS_RETRY_MODE', option: 'retry_mode' }) ?? 'standard'
  const text = settings.lookUp({ variable: 'AWS_MAX_ATTEMPTS', option: 'max_attempts' })
  const attempts = text === undefined ? otherwise : parseInteger(text)
  if (attempts === undefined) throw new CommandError('general', invalidInteger(text ?? ''))
  if (attempts < 1) {
    throw new CommandError(
      'general',
      `Value provided to "max_attempts": ${attempts} must be an integer greater than or equal to one.`,
    )
  }
  if (mode !== 'standard' && mode !== 'adaptive') {
    throw new CommandError(
      'general',
      `Invalid value provided to "mode": ${textRepr(mode).replaceAll("'", '"')} must be one of: "standard" or "adaptive"`,
    )
  }
  return Number(attempts)
}

/**
 * Tries until the answer is final or the attempts are used up. Between two tries lie growing random pauses, never
 * shorter than the seconds that an answer asks for.
 */
export async function withRetries<T>(
  maxAttempts: number,
  attempt: () => Promise<T>,
  isTransient: (value: T) => boolean,
  askedSeconds: (value: T) => number = () => 0,
): Promise<Attempted<T>> {
  for (let attempts = 1; ; attempts++) {
    const last = attempts >= maxAttempts
    let asked = 0
    try {
      const value = await attempt()
      if (last || !isTransient(value)) return { value, attempts }
      asked = askedSeconds(value)
    } catch (error) {
      if (last || !(error instanceof NetworkError)) throw error
    }
    await pause(asked + Math.min(Math.random() * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS))
  }
}

const LONGEST_ASKED_SECONDS = 120

/** The seconds that an answer asks to wait (RFC 9110, 10.2.3), at most two minutes; 0 when it does not ask. */
export function retryAfterSeconds({ headers }: Pick<HttpResponse, 'headers'>, now = Date.now()): number {
  const text = headers.get('retry-after') ?? ''
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_ASKED_SECONDS) : 0
}

const pause = (seconds: number) => new Promise(resolve => setTimeout(resolve, seconds * 1000))
