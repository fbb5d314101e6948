import { LruCache } from '../domain/lru-cache.ts'
import { RegistryError } from '../domain/problem.ts'
import type { Clock } from '../ports/clock.ts'

/** Requests a second, for each account or, without a login, each address. What is not named is not limited. */
export type Rates = Readonly<Record<string, number>>

/** As ECR Public publishes them (its quotas page); a push to the registry endpoint counts by the same names. */
export const ECR_PUBLIC_RATES: Rates = {
  BatchCheckLayerAvailability: 200,
  GetAuthorizationToken: 200,
  UploadLayerPart: 260,
  InitiateLayerUpload: 10,
  CompleteLayerUpload: 10,
  PutImage: 10,
  authenticatedPull: 10,
  anonymousPull: 1,
}

/** Those who asked lately; whoever is forgotten starts with a full allowance again. */
const REMEMBERED = 100_000

interface Allowance {
  left: number
  at: number
}

/** Token buckets that hold one second's requests. */
export class RateLimits {
  readonly #rates: Rates
  readonly #clock: Clock
  readonly #allowances = new LruCache<string, Allowance>(REMEMBERED)

  constructor(rates: Rates, clock: Clock) {
    this.#rates = rates
    this.#clock = clock
  }

  /** Counts one request of `who`. @throws RegistryError `tooManyRequests` */
  count(action: string, who: string): void {
    const rate = this.#rates[action]
    if (rate === undefined) return
    const now = this.#clock.now()
    const key = `${action} ${who}`
    const allowance = this.#allowances.get(key) ?? { left: rate, at: now }
    // A clock that was set back gives nothing, and takes nothing away.
    const passedMs = Math.max(0, now - allowance.at)
    allowance.left = Math.min(rate, allowance.left + (passedMs * rate) / 1000)
    allowance.at = now
    this.#allowances.set(key, allowance)
    if (allowance.left < 1) throw new RegistryError({ kind: 'tooManyRequests', retryAfterSeconds: 1 })
    allowance.left -= 1
  }
}
