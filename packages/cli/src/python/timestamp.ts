import { CommandError } from '../errors.ts'
import { roundHalfEven } from './round-half-even.ts'
import { localOffset } from './time-zone.ts'

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i
/** The basic form of ISO 8601, without marks between the digits. */
const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$/i
/** The dates of HTTP. */
const RFC_822 = /^(?:[a-z]{3}, )?(\d\d?) ([a-z]{3}) (\d{4}) (\d\d:\d\d:\d\d) (?:GMT|UTC|Z)$/i
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * A moment as Python's `datetime.isoformat` writes it. Epoch seconds are shown in the local time zone, ISO text with
 * its own offset, and microseconds only where there are some. Undefined for any other text.
 * @throws CommandError `general` for a year that Python does not have, or a day or an hour that does not exist
 */
export function isoTimestamp(text: string): string | undefined {
  if (NUMBER.test(text)) return fromEpoch(Number(text))
  return readIso(text, reason => `Invalid timestamp "${text}": ${reason}: ${text}`)
}

/**
 * As `isoTimestamp`, for a text in ISO 8601 or of HTTP. `refusal` words the error for a day or an hour that does not
 * exist.
 */
export function readIso(text: string, refusal: (reason: string) => string): string | undefined {
  const match = ISO.exec(extended(text.trim()))
  if (!match) return undefined
  const [, date, time = '00:00:00', fraction = '', zone] = match
  const offset =
    zone === undefined
      ? ''
      : /z/i.test(zone)
        ? '+00:00'
        : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
  const full = time.length === 5 ? `${time}:00` : time
  const wrong = outOfRange(date, full)
  if (wrong !== undefined) throw new CommandError('general', refusal(wrong))
  return `${date}T${full}${micros(Number(fraction.slice(0, 6).padEnd(6, '0')))}${offset}`
}

/** The reason why a date or time does not exist; undefined where both do. */
function outOfRange(date = '', time = ''): string | undefined {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number)
  if (year < 1) return `year ${year} is out of range`
  if (month < 1 || month > 12) return 'month must be in 1..12'
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return 'day is out of range for month'
  if (hour > 23) return 'hour must be in 0..23'
  if (minute > 59) return 'minute must be in 0..59'
  return second > 59 ? 'second must be in 0..59' : undefined
}

/** The text in the extended form of ISO 8601, whichever of the forms that services send it has. */
function extended(text: string): string {
  const month = RFC_822.exec(text)?.[2]?.toLowerCase() ?? ''
  const number = String(MONTHS.indexOf(month) + 1).padStart(2, '0')
  return text
    .replace(BASIC, '$1-$2-$3T$4:$5:$6$7')
    .replace(RFC_822, (_, day: string, _name, year, time) => `${year}-${number}-${day.padStart(2, '0')}T${time}Z`)
}

function fromEpoch(seconds: number): string | undefined {
  const total = roundHalfEven(seconds * 1e6)
  const whole = Math.floor(total / 1e6)
  const date = new Date(whole * 1000)
  if (Number.isNaN(date.getTime())) return undefined
  const year = date.getUTCFullYear()
  if (year < 1 || year > 9999) throw new CommandError('general', `year ${year} is out of range`)
  const offset = localOffset(whole)
  const local = new Date(date.getTime() + offset * 1000)
  return local.toISOString().slice(0, 19) + micros(total - whole * 1e6) + offsetText(offset)
}

const micros = (count: number) => (count === 0 ? '' : `.${String(count).padStart(6, '0')}`)

/** An offset as Python writes it: with seconds only where there are some. */
function offsetText(offset: number): string {
  const size = Math.abs(offset)
  const two = (number: number) => String(Math.trunc(number)).padStart(2, '0')
  const seconds = size % 60 === 0 ? '' : `:${two(size % 60)}`
  return `${offset < 0 ? '-' : '+'}${two(size / 3600)}:${two((size % 3600) / 60)}${seconds}`
}
