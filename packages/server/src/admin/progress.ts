/** Tells a person how far the work is, apart from the answer. */
export interface Progress {
  /** Writes a line that stays. */
  line(text: string): void
  /** Writes how far the work is, over what it wrote before. */
  now(text: string): void
  /** Clears what `now` left on a terminal. */
  done(): void
}

/** What progress needs of a stream: `process.stderr` has it. */
export interface ProgressStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Milliseconds between two of the texts that `now` is given. */
const PERIOD_MS = { terminal: 100, plain: 5_000 }
const CLEAR_LINE = '\r\u001b[K'

/** Writes one line that changes on a terminal, and a plain line every few seconds elsewhere. */
export function createProgress(stream: ProgressStream, now: () => number = Date.now): Progress {
  const isTerminal = stream.isTTY === true
  const periodMs = isTerminal ? PERIOD_MS.terminal : PERIOD_MS.plain
  let last = now()
  let isShown = false
  const clear = () => {
    if (isShown) stream.write(CLEAR_LINE)
    isShown = false
  }
  return {
    line(text) {
      clear()
      stream.write(`${text}\n`)
    },
    now(text) {
      if (now() - last < periodMs) return
      last = now()
      stream.write(isTerminal ? `${CLEAR_LINE}${text}` : `${text}\n`)
      isShown = isTerminal
    },
    done: clear,
  }
}
