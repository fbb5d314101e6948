const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']

/** A size in decimal units, as `docker images` and `berth` show it: `31.2 MB`. */
export function showBytes(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 999.95 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1]
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}
