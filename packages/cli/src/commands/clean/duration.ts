const SECOND = 1000
const UNITS = [
  ['w', 7 * 24 * 3600 * SECOND],
  ['d', 24 * 3600 * SECOND],
  ['h', 3600 * SECOND],
  ['m', 60 * SECOND],
  ['s', SECOND],
] as const

/** Milliseconds of a text like `30d` or `12h`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, count, name] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  const unit = UNITS.find(([letter]) => letter === name)
  return count === undefined || unit === undefined ? undefined : Number(count) * unit[1]
}

/**
 * A duration in whole units of the largest unit that fits, such as `41d`. Weeks are not used: nobody counts ages in
 * them.
 */
export function formatDuration(milliseconds: number): string {
  const [name, unit] = UNITS.slice(1).find(([, each]) => milliseconds >= each) ?? ['s', SECOND]
  return `${Math.max(0, Math.floor(milliseconds / unit))}${name}`
}
