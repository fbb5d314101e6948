import { setTimeout as sleep } from 'node:timers/promises'
import { networkOf } from '../../domain/address.ts'
import { LruCache } from '../../domain/lru-cache.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { Clock } from '../../ports/clock.ts'
import type { RatePlan } from './rate-plans.ts'

/** Whoever asks: an account or, without a login, an address. */
export type Asker = { readonly accountId: string } | { readonly address: string }

/**
 * The most pairs of asker and action that are remembered, in some 10 MB. A client that is forgotten starts with a full
 * allowance again.
 */
const REMEMBERED = 50_000
/**
 * The refusals in one second that an asker gets at once. Further ones wait, so that a flood of them leaves time to
 * others.
 */
const PROMPT_REFUSALS = 500
const LONGEST_WAIT_MS = 1_000
/** The most refusals that wait at a time, a few KB each. Those beyond them are sent at once. */
const WAITING = 10_000

interface Allowance {
  left: number
  at: number
}

/** Token buckets, one for each asker and action. Each server counts by itself. */
export class RateLimits {
  readonly #plan: RatePlan | undefined
  readonly #clock: Clock
  readonly #wait: (ms: number) => Promise<unknown>
  readonly #allowances = new LruCache<string, Allowance>(REMEMBERED)
  /** When the next refusal of an asker is due. */
  readonly #refusals = new LruCache<string, { dueAt: number }>(REMEMBERED)
  #waiting = 0

  constructor(plan: RatePlan | undefined, clock: Clock, wait = (ms: number): Promise<unknown> => sleep(ms)) {
    this.#plan = plan
    this.#clock = clock
    this.#wait = wait
  }

  /** How many pairs of asker and action are remembered. */
  get remembered(): number {
    return this.#allowances.size
  }

  /**
   * Counts one request. Where one asker is refused very often, the refusal comes after a while. @throws RegistryError
   * `tooManyRequests`
   */
  async count(asker: Asker, action: string): Promise<void> {
    if (this.#plan === undefined) return
    const isAccount = 'accountId' in asker
    const rates = isAccount ? this.#plan.account : this.#plan.address
    const who = isAccount ? asker.accountId : networkOf(asker.address)
    const rate = (Object.hasOwn(rates, action) ? rates[action] : undefined) ?? rates.other
    if (this.#take(`${who} ${action}`, rate, this.#plan.secondsInHand)) return
    await this.#slowDown(who)
    throw new RegistryError({ kind: 'tooManyRequests', retryAfterSeconds: 1 })
  }

  #take(key: string, rate: number, secondsInHand: number): boolean {
    const now = this.#clock.now()
    let allowance = this.#allowances.get(key)
    if (allowance === undefined) {
      allowance = { left: rate * secondsInHand, at: now }
      this.#allowances.set(key, allowance)
    }
    // A clock that was set back gives nothing, and takes nothing away.
    const passedMs = Math.max(0, now - allowance.at)
    allowance.left = Math.min(rate * secondsInHand, allowance.left + (passedMs * rate) / 1000)
    allowance.at = now
    if (allowance.left < 1) return false
    allowance.left -= 1
    return true
  }

  async #slowDown(who: string): Promise<void> {
    const now = this.#clock.now()
    let refusals = this.#refusals.get(who)
    if (refusals === undefined) {
      refusals = { dueAt: 0 }
      this.#refusals.set(who, refusals)
    }
    // The refusals of one second may be sent at once, as long as the last ones are not due yet.
    const dueAt = Math.max(refusals.dueAt, now - 1000) + 1000 / PROMPT_REFUSALS
    refusals.dueAt = Math.min(dueAt, now + LONGEST_WAIT_MS)
    if (refusals.dueAt <= now || this.#waiting >= WAITING) return
    this.#waiting += 1
    try {
      await this.#wait(refusals.dueAt - now)
    } finally {
      this.#waiting -= 1
    }
  }
}
