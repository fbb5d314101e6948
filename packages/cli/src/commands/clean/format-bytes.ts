const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** A size in decimal units and three digits, as registries' prices and `docker images` show it: `31.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}
