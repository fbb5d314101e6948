import { kebabCase } from '@berth/model'
import { parameterError } from '../../errors.ts'
import { fromLocal } from '../../python/time-zone.ts'

const DAY_ONLY = /^\d{4}-\d{2}-\d{2}$/
const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?$/
const SECONDS = /^\d+(?:\.\d+)?$/

/**
 * A moment in the one form that goes over the wire, UTC in ISO 8601. It may be typed as a day, as a day and a time in
 * the local time zone unless one is given, or as seconds since 1970.
 * @throws CommandError `usage`
 */
export function readMoment(member: string, text: string): string {
  const date = new Date(
    SECONDS.test(text)
      ? Number(text) * 1000
      : DAY_ONLY.test(text)
        ? fromWall(`${text}T00:00`)
        : ISO.test(text)
          ? fromWall(text.replace(' ', 'T'))
          : Number.NaN,
  )
  if (Number.isNaN(date.getTime())) {
    throw parameterError(
      `--${kebabCase(member)}`,
      `'${text}' is no time: give a day as 2026-11-23, a time as 2026-11-23T12:00:00Z, or seconds since 1970`,
    )
  }
  return date.toISOString()
}

/** Milliseconds since 1970 of a time in ISO 8601, local unless it has a zone. */
function fromWall(text: string): number {
  return /(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : fromLocal(Date.parse(`${text}Z`) / 1000) * 1000
}
