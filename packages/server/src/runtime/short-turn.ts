import { networkOf } from '../domain/address.ts'

/**
 * Milliseconds for which one turn of the event loop does short pieces of work, before the loop looks at what else there
 * is.
 */
const TURN_MS = 2
/**
 * Milliseconds of such a turn while connections come. Node accepts one in a turn, and those behind would wait for all
 * turns.
 */
const ARRIVAL_MS = 0.5

/** The work that waits, by network, in the order of asking. The network whose turn it is stands first. */
const waiting = new Map<string, (() => void)[]>()
let count = 0
let turnAt: number | undefined
let hasArrival = false
let isLetting = false

/**
 * Undefined where a short piece of work for a client may be done at once, else a promise of the moment. A hundred
 * connections have a hundred short things to do in the same turn. When these have taken their time, the rest waits for
 * later turns, and goes on by turns among the addresses (of IPv6 a /64 is one): nobody waits for all that another
 * began.
 */
export function shortTurn(address: () => string): Promise<void> | undefined {
  if (count === 0 && isEarly()) return undefined
  return new Promise(resolve => {
    const key = networkOf(address())
    const own = waiting.get(key)
    if (own === undefined) waiting.set(key, [resolve])
    else own.push(resolve)
    count += 1
    if (!isLetting) letSoon()
  })
}

/** Notes that a connection has been accepted: more may come. Called for each. */
export function noteArrival(): void {
  hasArrival = true
}

function isEarly(): boolean {
  const now = performance.now()
  if (turnAt !== undefined) return now - turnAt < TURN_MS
  turnAt = now
  setImmediate(endTurn)
  return true
}

function endTurn(): void {
  turnAt = undefined
}

/** How many are let on in one turn. What each has let on is done before the next is called. */
const AT_ONCE = 64
let until = 0

function letSoon(): void {
  isLetting = true
  setImmediate(begin)
  for (let each = Math.min(count, AT_ONCE); each > 0; each -= 1) setImmediate(letOne)
  setImmediate(goOn)
}

function begin(): void {
  until = performance.now() + (hasArrival ? ARRIVAL_MS : TURN_MS)
  hasArrival = false
}

function letOne(): void {
  if (performance.now() > until) return
  const [next] = waiting
  if (next === undefined) return
  const [key, own] = next
  waiting.delete(key)
  const resolve = own.shift()
  if (own.length > 0) waiting.set(key, own)
  count -= 1
  resolve?.()
}

function goOn(): void {
  if (count > 0) letSoon()
  else isLetting = false
}
