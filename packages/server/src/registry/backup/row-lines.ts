import { isAnyDigest } from '../../domain/digest.ts'
import { BackupRefused } from '../../ports/backup-folder.ts'
import type { Cell, TableRow } from '../../ports/rows/move/tables.ts'

/**
 * The most bytes of a line, more than a row can have: two documents of 4 MiB, each with all of its characters escaped
 * or in base64.
 */
const LINE_BYTES = 64 * 1024 * 1024
const NEW_LINE = 10

/** A row as a line of JSON: its cells in the order of `columns`, bytes as `{"base64": …}`. */
export const encodeRow = (row: TableRow, columns: readonly string[]): string =>
  `${JSON.stringify(columns.map(column => encodeCell(row[column] ?? null)))}\n`

const encodeCell = (cell: Cell) =>
  cell instanceof Uint8Array
    ? { base64: Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('base64') }
    : cell

/** Reads what `encodeRow` wrote. `where` names the line in a refusal. @throws BackupRefused */
export function decodeRow(line: string, columns: readonly string[], where: string): TableRow {
  const cells = parseLine(line)
  if (!Array.isArray(cells) || cells.length !== columns.length) throw notARow(where)
  return Object.fromEntries(
    columns.map((column, at) => {
      const cell = decodeCell(cells[at])
      if (cell === undefined || !isGood(column, cell)) throw notARow(`${where}, column ${column}`)
      return [column, cell]
    }),
  )
}

const notARow = (where: string) =>
  new BackupRefused(`There is no row of berth's in ${where}. Take a copy of the backup that is whole.`)

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function decodeCell(value: unknown): Cell | undefined {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  const { base64 } = value as { base64?: unknown }
  if (typeof base64 !== 'string') return undefined
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : undefined
}

/** Whether a cell that names bytes, or leads to them, has the form that berth gives it, whoever wrote the backup. */
const isGood = (column: string, cell: Cell): boolean => {
  const check = Object.hasOwn(CHECKS, column) ? CHECKS[column] : undefined
  return check === undefined || cell === null || (typeof cell === 'string' && check(cell))
}

const isDigestText = (text: string) => isAnyDigest(text)
const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  storage_key: text => /^[0-9a-f]{2}[0-9a-f-]{0,98}$/.test(text),
  account_id: text => /^\d{12}$/.test(text),
  digest: isDigestText,
  manifest: isDigestText,
  blob: isDigestText,
  parent: isDigestText,
  child: isDigestText,
  subject: isDigestText,
}

/** The lines of a file, without their ends; memory holds one at a time. @throws BackupRefused for one too long */
export async function* linesOf(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<string> {
  let pieces: Buffer[] = []
  let sizeBytes = 0
  const keep = (piece: Buffer) => {
    sizeBytes += piece.length
    if (sizeBytes > LINE_BYTES) throw new BackupRefused(`${file} has a line that is longer than a row of berth's.`)
    if (piece.length > 0) pieces.push(Buffer.from(piece)) // a copy: the reader uses its memory again
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEW_LINE); end !== -1; end = chunk.indexOf(NEW_LINE, from)) {
      keep(chunk.subarray(from, end))
      yield Buffer.concat(pieces).toString('utf8')
      pieces = []
      sizeBytes = 0
      from = end + 1
    }
    keep(chunk.subarray(from))
  }
  if (sizeBytes > 0) yield Buffer.concat(pieces).toString('utf8')
}
