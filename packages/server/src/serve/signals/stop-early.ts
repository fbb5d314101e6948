import { ONE_KEY_PRESS_MS } from './run-until-signal.ts'

/** Milliseconds that a step of the start under way is waited for. One that hangs is given up then. */
const PATIENCE_MS = 5_000

/** SIGINT or SIGTERM came before the server listened. */
export class StoppedEarly extends Error {
  constructor() {
    super('berth was stopped before it served.')
    this.name = 'StoppedEarly'
  }
}

/** Signals that come while a server starts, until it is disposed of. */
export interface EarlySignals extends Disposable {
  /** Aborted at the first signal, with StoppedEarly. */
  readonly signal: AbortSignal
  /** Rejects with StoppedEarly where the start goes on for too long after the signal. */
  readonly overdue: Promise<never>
}

/**
 * Takes over what a signal does, so that a start can take back what it made. A second signal, not of the same key
 * press, ends the process at once.
 */
export function catchEarlySignals({ patienceMs = PATIENCE_MS } = {}): EarlySignals {
  const stopping = new AbortController()
  const { promise: overdue, reject } = withReject()
  let since: number | undefined
  let giveUp: NodeJS.Timeout | undefined
  const stop = (signal: NodeJS.Signals): void => {
    if (since !== undefined) {
      if (performance.now() - since > ONE_KEY_PRESS_MS) process.exit(signal === 'SIGINT' ? 130 : 143)
      return
    }
    since = performance.now()
    stopping.abort(new StoppedEarly())
    giveUp = setTimeout(() => reject(stopping.signal.reason), patienceMs)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return {
    signal: stopping.signal,
    overdue,
    [Symbol.dispose]() {
      clearTimeout(giveUp)
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    },
  }
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<never>((_, rejected) => {
    reject = rejected
  })
  promise.catch(() => {}) // nobody need wait for it
  return { promise, reject }
}
