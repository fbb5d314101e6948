/** How many seconds a zone is ahead of UTC at a moment, which is in seconds since 1970. */
export type Offset = (seconds: number) => number

interface Change {
  /** Seconds from the beginning of the year to the day on which the clock changes. */
  readonly day: (year: number) => number
  /** Local seconds from the beginning of that day to the change; negative on the day before. */
  readonly time: number
}

const DAY = 86_400
const HOUR = 3600

const NAME = /[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>/y
const SIGN = /[-+]/y
const CLOCK = /(\d+)(?::(\d+)(?::(\d+))?)?/y
const DAY_OF_YEAR = /(J?)(\d+)/y
const WEEKDAY = /M(\d+)\.(\d+)\.(\d+)/y

/** The rules of the United States, which hold for a zone with summer time and no rules. */
const USUAL = ['M3.2.0', 'M11.1.0']

/**
 * Reads a zone as POSIX writes it (Base Definitions, 8.3, TZ), such as `EST5EDT,M3.2.0,M11.1.0` or `<+03>-3`. It reads
 * as glibc does, mistakes and all: offsets count westward, and summer time without a name is that of UTC. Undefined
 * where there is no name with its offset.
 */
export function readPosixZone(text: string): Offset | undefined {
  let at = 0
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text) ?? undefined
    if (found) at += found[0].length
    return found
  }

  /** Seconds east of UTC. */
  const offset = (): number | undefined => {
    const sign = match(SIGN)?.[0] === '-' ? 1 : -1
    const [, hours, minutes = 0, seconds = 0] = match(CLOCK) ?? []
    if (hours === undefined) return undefined
    return (
      sign * (Math.min(Number(hours), 24) * HOUR + Math.min(Number(minutes), 59) * 60 + Math.min(Number(seconds), 59))
    )
  }

  function change(usual: string): Change | undefined {
    if (text[at] === ',') at++
    if (at === text.length) return { day: dayOf(usual), time: 2 * HOUR }
    const day = match(WEEKDAY)?.[0] ?? match(DAY_OF_YEAR)?.[0]
    if (day === undefined || !isDay(day)) return undefined
    if (text[at] !== '/')
      return at === text.length || text[at] === ',' ? { day: dayOf(day), time: 2 * HOUR } : undefined
    at++
    if (at === text.length) return undefined
    const sign = text[at] === '-' ? -1 : 1
    if (sign < 0) at++
    const [, hours = 2, minutes = 0, seconds = 0] = match(CLOCK) ?? []
    return { day: dayOf(day), time: sign * (Number(hours) * HOUR + Number(minutes) * 60 + Number(seconds)) }
  }

  if (!match(NAME)) return undefined
  const standard = offset()
  if (standard === undefined) return undefined
  if (at === text.length) return () => standard
  const summer = match(NAME) ? (offset() ?? standard + HOUR) : 0
  const begin = change(USUAL[0] ?? '')
  const end = begin && change(USUAL[1] ?? '')
  return changing({ standard, summer, begin: begin ?? NEW_YEAR, end: end ?? NEW_YEAR })
}

/** The change that glibc takes in place of one that it cannot read. */
const NEW_YEAR: Change = { day: () => 0, time: 0 }

interface Rules {
  readonly standard: number
  readonly summer: number
  readonly begin: Change
  readonly end: Change
}

function changing({ standard, summer, begin, end }: Rules): Offset {
  const at = ({ day, time }: Change, year: number, offset: number) =>
    Date.UTC(year, 0, 1) / 1000 + day(year) + time - offset
  return seconds => {
    const year = new Date(seconds * 1000).getUTCFullYear()
    const [first, last] = [at(begin, year, standard), at(end, year, summer)]
    const inside = first > last ? seconds < last || seconds >= first : seconds >= first && seconds < last
    return inside ? summer : standard
  }
}

function isDay(text: string): boolean {
  const [month = 0, week = 0, day = 0] = text.slice(1).split('.').map(Number)
  if (text.startsWith('M')) return month >= 1 && month <= 12 && week >= 1 && week <= 5 && day <= 6
  return text.startsWith('J') ? month >= 1 && month <= 365 : Number(text) <= 365
}

/** Counts the days of a year from 0, from 1 without ever a 29 February (`J`), or by month, week and weekday (`M`). */
function dayOf(text: string): Change['day'] {
  const [number = 0, week = 0, weekday = 0] = text.replace(/^[JM]/, '').split('.').map(Number)
  if (text.startsWith('J')) return year => (number - (isLeap(year) && number >= 60 ? 0 : 1)) * DAY
  if (!text.startsWith('M')) return () => number * DAY
  return year => {
    const first = new Date(Date.UTC(year, number - 1, 1))
    const length = new Date(Date.UTC(year, number, 0)).getUTCDate()
    let day = 1 + ((weekday - first.getUTCDay() + 7) % 7) + 7 * (week - 1)
    if (day > length) day -= 7 // the fifth week means the last one
    return (Date.UTC(year, number - 1, day) - Date.UTC(year, 0, 1)) / 1000
  }
}

const isLeap = (year: number) => new Date(Date.UTC(year, 1, 29)).getUTCDate() === 29
