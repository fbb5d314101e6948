import { roundHalfEven } from './round.ts'

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i

/**
 * A moment as Python's `datetime.isoformat` writes it: epoch seconds in the local time zone, ISO text with its own
 * offset, microseconds only where there are some. Undefined for what is neither.
 */
export function isoTimestamp(text: string): string | undefined {
  if (NUMBER.test(text)) return fromEpoch(Number(text))
  const match = ISO.exec(text.trim())
  if (!match) return undefined
  const [, date, time = '00:00:00', fraction = '', zone] = match
  const offset =
    zone === undefined
      ? ''
      : /z/i.test(zone)
        ? '+00:00'
        : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
  return `${date}T${time}${micros(Number(fraction.slice(0, 6).padEnd(6, '0')))}${offset}`
}

function fromEpoch(seconds: number): string | undefined {
  const total = roundHalfEven(seconds * 1e6)
  const whole = Math.floor(total / 1e6)
  const date = new Date(whole * 1000)
  if (Number.isNaN(date.getTime())) return undefined
  const offsetMinutes = -date.getTimezoneOffset()
  const local = new Date(date.getTime() + offsetMinutes * 60_000)
  return local.toISOString().slice(0, 19) + micros(total - whole * 1e6) + offsetText(offsetMinutes)
}

const micros = (count: number) => (count === 0 ? '' : `.${String(count).padStart(6, '0')}`)

function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (number: number) => String(Math.trunc(number)).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`
}
