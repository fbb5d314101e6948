import type { Environment, Output } from '../../environment.ts'
import { formatDuration } from './duration.ts'

/** Tells how far a piece of work is. */
export interface Progress {
  /** Shows how much is done. `total` is undefined while nobody knows it. */
  readonly at: (label: string, done: number, total?: number) => void
  /** Clears what is shown for a moment only, so that something else can be written. */
  readonly clear: () => void
}

const REDRAW_MS = 100
const WIDEST_BAR = 30
/** Elsewhere than on a terminal there is a line for each so many hundredths of the work. */
const STEP_PERCENT = 10
const STEP_COUNT = 10_000

/** A bar that is drawn over itself on a terminal that can do so, and plain lines elsewhere. */
export const createProgress = (output: Output, { TERM }: Environment['env']): Progress =>
  output.isTTY && TERM !== 'dumb' ? bar(output) : lines(output)

function bar(output: Output): Progress {
  let drawnAt = 0
  let label = ''
  let begunAt = 0
  let shown = false
  const clear = () => {
    if (shown) output.write('\r\u001b[K')
    shown = false
  }
  return {
    clear,
    at(current, done, total) {
      const now = Date.now()
      if (current !== label) {
        label = current
        begunAt = now
        drawnAt = 0
      }
      const last = done === total
      if (now - drawnAt < REDRAW_MS && !last) return
      drawnAt = now
      shown = true
      output.write(`\r\u001b[K${draw(label, done, total, now - begunAt, output.columns())}`)
    },
  }
}

function draw(label: string, done: number, total: number | undefined, elapsedMs: number, columns: number): string {
  const width = columns - 1
  if (total === undefined) return `${label}: ${count(done)}`.slice(0, width)
  const left = done > 0 && elapsedMs > 2000 ? `  ${formatDuration((elapsedMs / done) * (total - done))} left` : ''
  const figures = `${count(done)} of ${count(total)}${done < total ? left : ''}`
  const room = Math.min(WIDEST_BAR, width - label.length - figures.length - 4)
  if (room < 5) return `${label}: ${figures}`.slice(0, width)
  const full = total === 0 ? room : Math.floor((done / total) * room)
  return `${label}  ${'█'.repeat(full)}${'░'.repeat(room - full)}  ${figures}`
}

function lines(output: Output): Progress {
  let label = ''
  let next = 0
  return {
    clear() {},
    at(current, done, total) {
      if (current !== label) {
        label = current
        next = total === undefined ? STEP_COUNT : 1
      }
      const step = total === undefined ? done : Math.floor((done * 100) / Math.max(1, total))
      if (step < next && done !== total) return
      next = step + (total === undefined ? STEP_COUNT : STEP_PERCENT)
      output.write(`${label}: ${count(done)}${total === undefined ? '' : ` of ${count(total)}`}\n`)
    },
  }
}

export const count = (number: number): string => String(number).replace(/(?<=\d)(?=(?:\d{3})+$)/g, ',')
