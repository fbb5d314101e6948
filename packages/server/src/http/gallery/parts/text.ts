import { type Html, html } from '../html.ts'

/** Characters that nobody sees or that turn the direction of all that follows; line ends and tabs are kept. */
const UNSEEN = /(?![\n\t])[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu
/** Marks piled on one letter would stand on the lines around it. */
const PILED = /(\p{M}{3})\p{M}+/gu

/** A stranger's text as a page may show it: nothing hidden in it, and cut where it is longer than `limit`. */
export function plain(text: string, limit: number): string {
  const short = text.length > limit ? `${text.slice(0, limit).replace(/[\ud800-\udbff]$/, '')}…` : text
  return short.replace(UNSEEN, '\ufffd').replace(PILED, '$1')
}

/** As `plain`, in an element of its own, so that the text's direction stays its own. */
export const free = (text: string, limit: number): Html => html`<bdi class="free">${plain(text, limit)}</bdi>`

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const

/** A size as Docker shows it, in powers of a thousand: `23.1 MB`. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`
  let value = size
  let unit = -1
  do {
    value /= 1000
    unit += 1
  } while (value >= 999.5 && unit < UNITS.length - 1)
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit]}`
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** A time in UTC. Where scripts run it becomes how long ago it was. */
export const time = (at: number): Html =>
  html`<time datetime="${new Date(at).toISOString()}">${DATE.format(at)} UTC</time>`

/** A time of a document, whether the text is a time or not. */
export function timeIn(text: string): Html {
  const at = Date.parse(text)
  return Number.isNaN(at) || Math.abs(at) > 8e15 ? free(text, 60) : time(at)
}

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`
