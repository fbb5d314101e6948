import { roundHalfEven } from '../python/round-half-even.ts'
import type { Value } from '../python/value.ts'
import { layOut, type Section } from './table-layout.ts'
import { textWidth } from './text-width.ts'

export interface TableStyle {
  /** Columns of the terminal. Wider tables are turned on their side where that helps. */
  readonly width: number
  /** `terminal` colors what goes straight to a terminal, and `pager` what another program passes on. */
  readonly color: 'none' | 'terminal' | 'pager'
}

const PADDING = 4
const BORDERS = 2

/** A value as boxes of titles, headers and rows. An empty value prints nothing. */
export function formatTable(title: string, value: Value, { width, color }: TableStyle): string {
  let sections = layOut(title, value)
  if (sections.length === 0) return ''
  let total = tableWidth(sections)
  if (total > width) {
    sections = sections.map(turn)
    total = tableWidth(sections)
  }
  const paint = paints[color]
  const lines = sections.flatMap(section =>
    sectionLines(section, total - 2 * section.indent, paint).map(line => paint.line(line, section.indent)),
  )
  return [paint.top('-'.repeat(total)), ...lines].join('')
}

/** One row of many columns becomes as many rows of a name and a value. */
function turn(section: Section): Section {
  const [row] = section.rows
  if (section.headers.length === 0 || row === undefined || section.rows.length > 1) return section
  return { ...section, headers: [], rows: section.headers.map((header, index) => [header, row[index] ?? '']) }
}

const tableWidth = (sections: readonly Section[]) =>
  sections.reduce((most, section) => {
    const columns = columnWidths(section).reduce((sum, width) => sum + width + PADDING, 0)
    return Math.max(most, Math.max(textWidth(section.title), columns) + BORDERS + 2 * section.indent)
  }, 0)

function columnWidths({ headers, rows }: Section): number[] {
  const widths: number[] = []
  for (const row of [headers, ...rows]) {
    row.forEach((text, column) => {
      widths[column] = Math.max(widths[column] ?? 0, textWidth(text))
    })
  }
  return widths
}

function sectionLines(section: Section, width: number, paint: Paint): string[] {
  const { title, headers, rows } = section
  // A list in a list has no name, and so no title.
  const lines = title === '' ? [] : [centre(title, width, '|')]
  if (headers.length === 0 && rows.length === 0) return [...lines, `+${'-'.repeat(width - 2)}+`]
  const widths = scale(columnWidths(section), width)
  if (widths.length === 0) return lines
  const rule = widths.map((each, column) => (column === 0 ? `+${'-'.repeat(each - 2)}+` : `${'-'.repeat(each - 1)}+`))
  if (headers.length > 0) {
    const cells = headers.map((text, column) => centre(text, widths[column] ?? 0, column === 0 ? '|' : ''))
    lines.push(rule.join(''), cells.join(''))
  }
  if (rows.length > 0) {
    const drawn = rows.map(row =>
      row.map((text, column) => alignLeft(text, widths[column] ?? 0, column === 0 ? '|' : '', paint.cell)).join(''),
    )
    lines.push(rule.join(''), ...drawn, rule.join(''))
  }
  return lines
}

/**
 * Stretches the columns to the width of the table. What rounding leaves over is taken from the left, or added from the
 * right.
 */
function scale(columns: readonly number[], width: number): number[] {
  const padded = columns.map(each => each + PADDING)
  const sum = padded.reduce((total, each) => total + each, 0)
  const scaled = padded.map(each => roundHalfEven((width / sum) * each))
  let excess = scaled.reduce((total, each) => total + each, 0) - width
  for (let i = 0; excess !== 0; i = (i + 1) % scaled.length) {
    const column = excess > 0 ? i : scaled.length - 1 - i
    const step = Math.sign(excess)
    scaled[column] = (scaled[column] ?? 0) - step
    excess -= step
  }
  return scaled
}

function centre(text: string, width: number, edge: string): string {
  const length = textWidth(text)
  const before = Math.max(0, Math.floor(width / 2) - Math.floor(length / 2) - 1)
  const after = Math.max(0, width - 1 - edge.length - before - length)
  return `${edge}${' '.repeat(before)}${text}${' '.repeat(after)}|`
}

function alignLeft(text: string, width: number, edge: string, style: Style): string {
  const length = textWidth(text)
  const before = width >= length + 2 + edge.length + 1 ? 2 : 0
  const after = Math.max(0, width - edge.length - before - length - 1)
  return `${edge}${' '.repeat(before)}${style(text)}${' '.repeat(after)}|`
}

type Style = (text: string) => string
interface Paint {
  readonly cell: Style
  /** How the line over everything is drawn. */
  readonly top: Style
  /** Draws a line within its boxes, with the end of the line. */
  readonly line: (line: string, indent: number) => string
}

const asIs: Style = text => text
const plain: Paint = {
  cell: asIs,
  top: line => `${line}\n`,
  line: (line, indent) => `${'|'.repeat(indent)}${line}${'|'.repeat(indent)}\n`,
}

const RESET = '\u001b[0m'
const bar = `\u001b[2m\u001b[33m|${RESET}`
const colored: Paint = {
  cell: text => `\u001b[1m\u001b[34m${text}${RESET}`,
  top: plain.top,
  line: (line, indent) => `${bar.repeat(indent)}${line}${bar.repeat(indent)}\n`,
}

/** On a terminal the original resets the colors after each of its writes, needed or not. */
const resetting: Paint = {
  cell: colored.cell,
  top: line => `${line}\n${RESET}`,
  line: (line, indent) => `${bar.repeat(indent)}${RESET}${line}${RESET}${bar.repeat(indent)}${RESET}\n${RESET}`,
}

const paints = { none: plain, terminal: resetting, pager: colored }
