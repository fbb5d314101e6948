import { networkOf } from '../domain/address.ts'
import { RegistryError } from '../domain/problem.ts'
import type { Holder, Memory, MemoryShare } from '../ports/memory.ts'
import { ownTurn } from '../runtime/own-turn.ts'

/** The bytes that a request may hold uncounted: connections as such take as much. */
export const UNCOUNTED_BYTES = 64 * 1024

/** The part of the budget that one holder may have. */
const PORTIONS = { address: 1 / 4, key: 1 / 4, account: 1 / 2 } as const
type Kind = keyof typeof PORTIONS
const KINDS = Object.keys(PORTIONS) as Kind[]

const RETRY_AFTER_SECONDS = 1
/** The most requests that wait, in all and of one address. Each costs its request; more are refused at once. */
const MOST_WAITING = { inAll: 512, ofOneAddress: 128 }

export interface BudgetOptions {
  readonly limitBytes: number
  /** Milliseconds that a request waits for memory. */
  readonly waitMs?: number
}

/** What is used up where memory is refused: the whole budget, or the share of one holder. */
export type Refusal = 'budget' | Kind

export interface BudgetFigures {
  readonly limitBytes: number
  readonly heldBytes: number
  readonly waiting: number
  /** The most bytes that one address, key or account holds now. */
  readonly largestBytes: Readonly<Record<Kind, number>>
  readonly refused: Readonly<Record<Refusal, number>>
}

/**
 * One budget for all that clients can make the server hold: bodies, answers that are not read, buffers of uploads. It
 * is asked before anything is read or built, and no holder gets so much that nothing is left for the others.
 * What is large is also long work for the one thread. Of those that wait, one goes on in a turn of the event loop, so
 * that others are served between two of them.
 */
export class MemoryBudget implements Memory {
  readonly #limitBytes: number
  readonly #waitMs: number
  readonly #heldBy: Readonly<Record<Kind, Map<string, number>>> = {
    address: new Map(),
    key: new Map(),
    account: new Map(),
  }
  readonly #refused: Record<Refusal, number> = { budget: 0, address: 0, key: 0, account: 0 }
  /** The waiters in the order of asking, each with what ends its waiting. */
  readonly #waiting = new Map<Waiter, NodeJS.Timeout>()
  #heldBytes = 0

  constructor({ limitBytes, waitMs = 10_000 }: BudgetOptions) {
    this.#limitBytes = limitBytes
    this.#waitMs = waitMs
  }

  share(holder: Holder): MemoryShare {
    // Most requests hold nothing that counts, so who holds it is made out when something does.
    let known: Holder | undefined
    const who = (): Holder => {
      known ??= counted(holder)
      return known
    }
    let own = 0
    let hasEnded = false
    let giveUp: (() => void) | undefined
    const ask = (sizeBytes: number): boolean => {
      const size = sizeBytes <= UNCOUNTED_BYTES ? 0 : sizeBytes
      if (size === own) return true
      if (hasEnded) return false
      if (this.#move(who(), own, size) !== undefined) return false
      own = size
      return true
    }
    const release = (): void => {
      giveUp?.()
      giveUp = undefined
      if (own > 0) ask(0)
    }
    return {
      get sizeBytes() {
        return own
      },
      ask,
      hold: sizeBytes => {
        if (!ask(sizeBytes)) throw unavailable()
      },
      wait: async sizeBytes => {
        if (own > 0) throw new Error('who holds memory must not wait for more')
        if (sizeBytes <= UNCOUNTED_BYTES) return
        if (hasEnded) throw unavailable()
        await new Promise<void>((resolve, reject) => {
          const onGranted = () => {
            own = sizeBytes
            giveUp = undefined
            resolve()
          }
          giveUp = this.#wait({ who: who(), sizeBytes, onGranted, onRefused: () => reject(unavailable()) })
        })
        await ownTurn()
        if (own === 0) throw unavailable() // released meanwhile: nobody is left to take the answer
      },
      release,
      end: () => {
        release()
        hasEnded = true
      },
    }
  }

  figures(): BudgetFigures {
    const largest = (kind: Kind) => Math.max(0, ...this.#heldBy[kind].values())
    return {
      limitBytes: this.#limitBytes,
      heldBytes: this.#heldBytes,
      waiting: this.#waiting.size,
      largestBytes: { address: largest('address'), key: largest('key'), account: largest('account') },
      refused: { ...this.#refused },
    }
  }

  /** Has `who` hold `to` bytes instead of `from`, or tells what is in the way. */
  #move(who: Holder, from: number, to: number): Refusal | undefined {
    const refusal = to > from ? this.#inTheWay(who, to - from) : undefined
    if (refusal === undefined) this.#add(who, to - from)
    else this.#refused[refusal] += 1
    if (to < from) this.#serveWaiting()
    return refusal
  }

  #inTheWay(who: Holder, sizeBytes: number): Refusal | undefined {
    for (const kind of KINDS) {
      const name = who[kind]
      const held = name === undefined ? 0 : (this.#heldBy[kind].get(name) ?? 0)
      if (name !== undefined && held + sizeBytes > this.#limitBytes * PORTIONS[kind]) return kind
    }
    return this.#heldBytes + sizeBytes > this.#limitBytes ? 'budget' : undefined
  }

  #add(who: Holder, sizeBytes: number): void {
    this.#heldBytes += sizeBytes
    for (const kind of KINDS) {
      const name = who[kind]
      if (name === undefined) continue
      const held = (this.#heldBy[kind].get(name) ?? 0) + sizeBytes
      if (held === 0) this.#heldBy[kind].delete(name)
      else this.#heldBy[kind].set(name, held)
    }
  }

  /** Serves the waiter now or later, or refuses it. What it returns gives the waiting up. */
  #wait(waiter: Waiter): (() => void) | undefined {
    const inTheWay = this.#inTheWay(waiter.who, waiter.sizeBytes)
    if (inTheWay === undefined && !this.#isAnyShortOfBudget()) {
      this.#grant(waiter)
      return undefined
    }
    const refuse = () => {
      this.#refused[this.#inTheWay(waiter.who, waiter.sizeBytes) ?? 'budget'] += 1
      waiter.onRefused()
    }
    if (this.#areTooMany(waiter.who)) {
      refuse()
      return undefined
    }
    const leave = () => {
      clearTimeout(this.#waiting.get(waiter))
      // The waiter that gave up may have been the one that all others let go ahead.
      if (this.#waiting.delete(waiter)) this.#serveWaiting()
    }
    const timer = setTimeout(() => {
      refuse()
      leave()
    }, this.#waitMs)
    this.#waiting.set(waiter, timer)
    return () => {
      waiter.onRefused()
      leave()
    }
  }

  /**
   * Serves waiters in the order of asking. A waiter whose own share is full lets others pass, so that nobody waits for
   * a stranger's memory.
   */
  #serveWaiting(): void {
    for (const waiter of this.#waiting.keys()) {
      const inTheWay = this.#inTheWay(waiter.who, waiter.sizeBytes)
      // The memory that comes free now is kept for the waiter that has waited longest, be it large.
      if (inTheWay === 'budget') return
      if (inTheWay === undefined) this.#grant(waiter)
    }
  }

  #grant(waiter: Waiter): void {
    clearTimeout(this.#waiting.get(waiter))
    this.#waiting.delete(waiter)
    this.#add(waiter.who, waiter.sizeBytes)
    waiter.onGranted()
  }

  #areTooMany({ address }: Holder): boolean {
    let ofAddress = 0
    for (const { who } of this.#waiting.keys()) if (who.address === address) ofAddress += 1
    return this.#waiting.size >= MOST_WAITING.inAll || ofAddress >= MOST_WAITING.ofOneAddress
  }

  #isAnyShortOfBudget(): boolean {
    for (const { who, sizeBytes } of this.#waiting.keys()) if (this.#inTheWay(who, sizeBytes) === 'budget') return true
    return false
  }
}

interface Waiter {
  readonly who: Holder
  readonly sizeBytes: number
  readonly onGranted: () => void
  readonly onRefused: () => void
}

const counted = ({ address, ...who }: Holder): Holder => ({ ...who, address: address && networkOf(address) })

function unavailable(): RegistryError {
  return new RegistryError({
    kind: 'unavailable',
    what: 'The server has as many large requests as its memory allows. Try again in a moment.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  })
}
