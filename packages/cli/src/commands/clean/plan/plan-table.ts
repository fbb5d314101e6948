import { listOf } from '../../berth/people-table.ts'
import { formatDuration } from '../duration.ts'
import { formatBytes } from '../format-bytes.ts'
import { nameOf, shortDigest } from '../inventory/image.ts'
import { count } from '../progress.ts'
import type { Removal } from './plan.ts'
import { amount, type Planned, plural, totalsOf } from './totals.ts'

interface Style {
  readonly now: number
  /** The width of the terminal in columns; undefined for lines of any width. */
  readonly columns: number | undefined
  /** How many rows, and how many held images, are shown of a repository at most. */
  readonly most: { readonly rows: number; readonly held: number }
}

const HEADERS = ['IMAGE', 'AGE', 'SIZE', 'TAGS', 'REASON']
const RIGHT = new Set(['AGE', 'SIZE'])
const GAP = '  '
/** Terminals narrower than this get no columns that nobody decides by, so that tags and reasons have room. */
const NARROW = 60
const LEFT_OUT = new Set(['AGE', 'SIZE'])

/** The plan of one repository as a table, in pieces of some lines: there may be tens of thousands. */
export function* planTable({ repository, plan }: Planned, { now, columns, most }: Style): Generator<string> {
  const { removals, held, imageCount, unreadable } = plan
  yield `${repository.name}: ${amount(totalsOf(removals))} (${plural(imageCount, 'image')} in the repository)\n\n`
  const widths = HEADERS.map(text => text.length)
  for (const row of rowsOf(removals, now, most.rows)) {
    row.forEach((text, column) => {
      widths[column] = Math.max(widths[column] ?? 0, text.length)
    })
  }
  if (removals.length > 0) {
    yield line(HEADERS, widths, columns)
    for (const row of rowsOf(removals, now, most.rows)) yield line(row, widths, columns)
    if (removals.length > most.rows) yield `${GAP}… and ${count(removals.length - most.rows)} more: see --dry-run\n`
    yield '\n'
  }
  if (unreadable.size > 0) {
    yield `${GAP}${plural(held.length, 'image')} would be selected, but may be listed by what cannot be read:\n`
    for (const [digest, reason] of [...unreadable].slice(0, most.held)) {
      yield fitted(`${GAP}${GAP}${shortDigest(digest)}  ${reason}`, columns)
    }
    if (unreadable.size > most.held) yield `${GAP}${GAP}… and ${count(unreadable.size - most.held)} more\n`
  } else if (held.length > 0) {
    yield `${GAP}${plural(held.length, 'image')} would be selected, but ${held.length === 1 ? 'stays' : 'stay'}:\n`
    for (const { image, reason } of held.slice(0, most.held)) {
      yield fitted(`${GAP}${GAP}${nameOf(image)}  ${reason}`, columns)
    }
    if (held.length > most.held) yield `${GAP}${GAP}… and ${count(held.length - most.held)} more\n`
  }
  if (unreadable.size + held.length > 0) yield '\n'
}

function* rowsOf(removals: readonly Removal[], now: number, most: number): Generator<string[]> {
  let left = most
  for (const [removal, depth] of inFamilies(removals)) {
    if (left-- <= 0) return
    yield cells(removal, depth, now)
  }
}

type Row = readonly [removal: Removal, depth: number]

/** Each removal, followed by the removals that go with it. */
function* inFamilies(removals: readonly Removal[]): Generator<Row> {
  const below = new Map<string, Removal[]>()
  for (const removal of removals) {
    const [holder] = removal.holders
    if (holder === undefined) continue
    const family = below.get(holder)
    if (family) family.push(removal)
    else below.set(holder, [removal])
  }
  const open = removals.filter(({ holders }) => holders.length === 0).map((removal): Row => [removal, 0])
  open.reverse()
  for (let next = open.pop(); next; next = open.pop()) {
    yield next
    const [{ image, tags }, depth] = next
    const family = tags ? [] : (below.get(image.digest) ?? [])
    for (const removal of family.toReversed()) open.push([removal, depth + 1])
  }
}

function cells({ image, tags, reason }: Removal, depth: number, now: number): string[] {
  return [
    `${depth === 0 ? '' : `${'  '.repeat(depth - 1)}└ `}${shortDigest(image.digest)}`,
    formatDuration(now - image.pushedAt),
    tags ? '-' : formatBytes(image.sizeBytes),
    listOf(tags ?? image.tags),
    // The tags come first, because a narrow terminal cuts the end off.
    tags ? `only the tag${tags.length === 1 ? '' : 's'}: ${reason}` : reason,
  ]
}

function line(texts: readonly string[], widths: readonly number[], columns: number | undefined): string {
  const isNarrow = columns !== undefined && columns < NARROW
  const padded = texts.flatMap((text, column) => {
    const header = HEADERS[column] ?? ''
    if (isNarrow && LEFT_OUT.has(header)) return []
    const blanks = ' '.repeat(Math.max(0, (widths[column] ?? 0) - text.length))
    return [RIGHT.has(header) ? blanks + text : text + blanks]
  })
  return fitted(GAP + padded.join(GAP).trimEnd(), columns)
}

const fitted = (text: string, columns: number | undefined) =>
  `${columns !== undefined && text.length > columns ? `${text.slice(0, columns - 1)}…` : text}\n`
