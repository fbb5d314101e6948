/**
 * A line of a session: what somebody typed, what it was for, or what was shown.
 *
 * @typedef {{ kind: 'typed' | 'comment' | 'shown', text: string }} Line
 */

const COLUMN = 8.4
const ROW = 19
const MARGIN = 20
const TITLE_BAR = 34

/**
 * A session as a picture that needs nothing else: text in an SVG, light or dark as its reader prefers. Each line is as
 * wide as its characters are many, whatever font there is.
 *
 * @param {readonly Line[]} lines
 * @param {string} title
 */
export function drawTerminal(lines, title) {
  const columns = Math.max(...lines.map(({ text }) => text.length))
  const width = Math.ceil(columns * COLUMN + 2 * MARGIN)
  const height = lines.length * ROW + TITLE_BAR + MARGIN
  const texts = lines.flatMap(({ kind, text }, row) => (text === '' ? [] : [drawLine(kind, text, row)]))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
  .ground { fill: #fbfbf9; stroke: #d5d5cf }
  .dot { fill: #d5d5cf }
  text { font: 14px ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre }
  .shown { fill: #3a3f45 }
  .typed { fill: #0b57a8; font-weight: 600 }
  .comment { fill: #6b7178 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #14181d; stroke: #343b44 }
    .dot { fill: #343b44 }
    .shown { fill: #c9d1d9 }
    .typed { fill: #7cc4ff }
    .comment { fill: #8b949e }
  }
</style>
<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${[0, 1, 2].map(dot => `<circle class="dot" cx="${MARGIN + 4 + dot * 16}" cy="17" r="5"/>`).join('')}
${texts.join('\n')}
</svg>
`
}

/**
 * @param {Line['kind']} kind
 * @param {string} text
 * @param {number} row
 */
function drawLine(kind, text, row) {
  const blanks = text.length - text.trimStart().length
  const x = round(MARGIN + blanks * COLUMN)
  const y = TITLE_BAR + row * ROW + 14
  const length = round((text.length - blanks) * COLUMN)
  return `<text class="${kind}" x="${x}" y="${y}" textLength="${length}" xml:space="preserve">${escaped(text.trimStart())}</text>`
}

/** @param {number} value */
const round = value => Math.round(value * 10) / 10

const ENTITIES = /** @type {Record<string, string>} */ ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })

/** @param {string} text */
const escaped = text => text.replace(/[&<>"]/g, sign => ENTITIES[sign] ?? sign)
