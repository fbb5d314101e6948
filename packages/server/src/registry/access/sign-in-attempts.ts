import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { networkOf } from '../../domain/address.ts'
import { LruCache } from '../../domain/lru-cache.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { Clock } from '../../ports/clock.ts'

/** How many wrong attempts are taken at once, and milliseconds until one more is. */
interface Allowance {
  readonly atOnce: number
  readonly eachMs: number
}

const OF_ADDRESS: Allowance = { atOnce: 20, eachMs: 3_000 }
const OF_ADDRESS_AND_KEY: Allowance = { atOnce: 5, eachMs: 12_000 }
/** The allowance of a key. Attempts beyond it slow the key down, and none is refused. */
const OF_KEY: Allowance = { atOnce: 10, eachMs: 1_000 }
const LONGEST_DELAY_MS = 2_000
const DELAY_STEP_MS = 100
/**
 * The most attempts that wait at a time. Those beyond them wait no more: a delay may slow a key down, and not lock it.
 */
const WAITING = 100
/** The most addresses and keys that are remembered, in some 4 MB. One that is forgotten begins anew. */
const REMEMBERED = 20_000

/** The debts of addresses and keys: when the wrong attempts of each are made up for. */
class Debts {
  readonly #allowance: Allowance
  readonly #clock: Clock
  readonly #dueAt = new LruCache<string, { at: number }>(REMEMBERED)

  constructor(allowance: Allowance, clock: Clock) {
    this.#allowance = allowance
    this.#clock = clock
  }

  /** How many attempts of `who` are not made up for yet. */
  of(who: string): number {
    return Math.ceil(Math.max(0, (this.#dueAt.get(who)?.at ?? 0) - this.#clock.now()) / this.#allowance.eachMs)
  }

  add(who: string, attempts: 1 | -1): void {
    const now = this.#clock.now()
    const at = Math.max(now, this.#dueAt.get(who)?.at ?? 0) + attempts * this.#allowance.eachMs
    this.#dueAt.set(who, { at })
  }

  /** Seconds until one more attempt of `who` is taken; 0 where one is taken now. */
  waitSeconds(who: string): number {
    const over = this.of(who) - this.#allowance.atOnce + 1
    return over <= 0 ? 0 : Math.ceil((over * this.#allowance.eachMs) / 1000)
  }
}

export interface Attempt {
  readonly address: string
  /** The access key's id as it was typed; undefined for a password that names none. */
  readonly accessKeyId: string | undefined
}

/**
 * Holds wrong sign-ins back, by address and by address and key. A key alone is slowed down and never refused, so that
 * nobody can lock a user out. Each server counts by itself.
 */
export class SignInAttempts {
  readonly #byAddress: Debts
  readonly #byAddressAndKey: Debts
  readonly #byKey: Debts
  readonly #wait: (ms: number) => Promise<unknown>
  #waiting = 0

  constructor(clock: Clock, wait = (ms: number): Promise<unknown> => sleep(ms)) {
    this.#byAddress = new Debts(OF_ADDRESS, clock)
    this.#byAddressAndKey = new Debts(OF_ADDRESS_AND_KEY, clock)
    this.#byKey = new Debts(OF_KEY, clock)
    this.#wait = wait
  }

  /** How many attempts wait. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Takes an attempt for a wrong one until `forgive` says otherwise, and waits for as long as the key is slowed down.
   * @throws RegistryError `tooManyRequests`
   */
  async begin(attempt: Attempt): Promise<void> {
    const parties = this.#partiesOf(attempt)
    const retryAfterSeconds = Math.max(
      ...parties.map(([debts, who]) => (debts === this.#byKey ? 0 : debts.waitSeconds(who))),
    )
    if (retryAfterSeconds > 0) throw new RegistryError({ kind: 'tooManyRequests', retryAfterSeconds })
    for (const [debts, who] of parties) debts.add(who, 1)
    if (attempt.accessKeyId === undefined || this.#waiting >= WAITING) return
    const over = this.#byKey.of(shortened(attempt.accessKeyId)) - OF_KEY.atOnce
    if (over <= 0) return
    this.#waiting += 1
    try {
      await this.#wait(Math.min(over * DELAY_STEP_MS, LONGEST_DELAY_MS))
    } finally {
      this.#waiting -= 1
    }
  }

  /** Takes the attempt back: it was right. */
  forgive(attempt: Attempt): void {
    for (const [debts, who] of this.#partiesOf(attempt)) debts.add(who, -1)
  }

  #partiesOf({ address, accessKeyId }: Attempt): (readonly [Debts, string])[] {
    const network = networkOf(address)
    if (accessKeyId === undefined) return [[this.#byAddress, network]]
    const key = shortened(accessKeyId)
    return [
      [this.#byAddress, network],
      [this.#byAddressAndKey, `${network} ${key}`],
      [this.#byKey, key],
    ]
  }
}

/** What was typed may be long. */
const shortened = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)
