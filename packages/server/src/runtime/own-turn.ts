/**
 * How many times as long as the last long piece short work gets before the next one, while there is something short to
 * do.
 */
const SHARE = 3
/** A turn of the event loop in which nothing happened takes less than this. */
const CALM_MS = 0.1

const waiting: (() => void)[] = []
let isLooking = false
/** How many hold long pieces back. */
let holders = 0
/** When the last long piece ended, how long it took, and when the event loop was last looked at. */
let endedAt = 0
let tookMs = 0
let lookedAt = 0

/**
 * Waits for a turn of the event loop that no other caller has. One long piece of work is done in a turn, in the order
 * of asking, however many clients ask at once. Between two of these turns lie as many as it takes to do whatever is
 * short. Node accepts one connection in a turn: with a long piece in each, a hundred clients would wait for a hundred
 * pieces. Where short work never ends, long pieces have a quarter of the time.
 */
export function ownTurn(): Promise<void> {
  return new Promise(resolve => {
    waiting.push(resolve)
    if (!isLooking) lookSoon()
  })
}

/**
 * Lets no long piece begin until the function that is returned is called: what many wait for goes on in short steps,
 * and would stand behind a long piece at each of them. Whoever holds them back bounds the time.
 */
export function holdLongPieces(): () => void {
  holders += 1
  let isHeld = true
  return () => {
    if (!isHeld) return
    isHeld = false
    holders -= 1
    if (waiting.length > 0 && !isLooking) lookSoon()
  }
}

/**
 * Looks at the event loop soon. Both callbacks come in the same turn, the second one when what the first one let on is
 * done or waits for something.
 */
function lookSoon(): void {
  isLooking = true
  setImmediate(look)
  setImmediate(goOn)
}

let beganAt: number | undefined

function look(): void {
  if (holders > 0) return
  const now = performance.now()
  const isCalm = now - lookedAt < CALM_MS
  lookedAt = now
  if (!isCalm && now - endedAt < SHARE * tookMs) return
  beganAt = performance.now()
  waiting.shift()?.()
}

function goOn(): void {
  if (beganAt !== undefined) {
    endedAt = performance.now()
    tookMs = endedAt - beganAt
    beganAt = undefined
    lookedAt = endedAt
  }
  if (waiting.length > 0 && holders === 0) lookSoon()
  else isLooking = false
}
