// From rounds of numbers to the table that a person reads.

/** What is measured: how to print it, and what berth has promised, as a ratio to the other registry or a limit. */
export const metrics = [
  { key: 'push1', name: 'push, 1 at once', unit: 'MB/s', atLeast: 1.5 },
  { key: 'push8', name: 'push, 8 at once', unit: 'MB/s', atLeast: 1.5 },
  { key: 'pull1', name: 'pull, 1 at once', unit: 'MB/s', atLeast: 1 },
  { key: 'pull8', name: 'pull, 8 at once', unit: 'MB/s', atLeast: 1 },
  { key: 'manifests', name: 'manifest GET, 32 connections', unit: 'requests/s', atLeast: 10 },
  { key: 'pushCpu', name: 'CPU for a push', unit: 's/GB' },
  { key: 'pullCpu', name: 'CPU for a pull', unit: 's/GB' },
  { key: 'manifestCpu', name: 'CPU for a manifest GET', unit: 'µs' },
  { key: 'peak', name: 'peak memory of all the above', unit: 'MiB' },
  { key: 'uploadsPeak', name: 'peak memory of 32 uploads at once', unit: 'MiB', below: 200 },
]

/** One line a metric: the medians of all rounds, berth's ratio to the other, and whether the target is met. */
export function summarise(rounds) {
  return metrics.map(metric => {
    const of = server => median(rounds.map(round => round[server]?.[metric.key]).filter(value => value !== undefined))
    const berth = of('berth')
    const other = of('docker-registry')
    const ratio = berth / other
    return { ...metric, berth, other, ratio, met: isMet(metric, berth, ratio) }
  })
}

/**
 * @param {{ atLeast?: number, below?: number }} metric
 * @param {number} berth
 * @param {number} ratio
 */
function isMet({ atLeast, below }, berth, ratio) {
  if (atLeast !== undefined) return ratio >= atLeast
  return below === undefined ? undefined : berth < below
}

export function table(rows) {
  const cells = [
    ['', 'berth', 'docker-registry', 'ratio', 'target', ''],
    ...rows.map(row => [
      `${row.name} (${row.unit})`,
      figure(row.berth),
      figure(row.other),
      Number.isNaN(row.ratio) ? '-' : `${row.ratio.toFixed(2)}x`,
      target(row),
      row.met === undefined || Number.isNaN(row.berth) ? '' : row.met ? 'met' : 'NOT MET',
    ]),
  ]
  return paint(cells)
}

/** Rows of text as columns: the first to the left, the others to the right. */
export function paint(cells) {
  const widths = cells[0].map((_, column) => Math.max(...cells.map(row => row[column].length)))
  const line = row => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
  return cells.map(row => line(row).join('  ').trimEnd()).join('\n')
}

function target({ atLeast, below, unit }) {
  if (atLeast !== undefined) return `>= ${atLeast.toFixed(1)}x`
  return below === undefined ? '' : `< ${below} ${unit}`
}

/** A number as the tables print it; a dash for none. */
export const figure = value => (Number.isNaN(value) ? '-' : value.toFixed(value < 100 ? 2 : 0))

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2
}
