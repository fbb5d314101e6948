import { createHash } from 'node:crypto'
import type { Cell, MovedTable, TableRow, TableRows } from '../../ports/rows/move/tables.ts'
import type { Move } from './move.ts'
import { MoveRefused, type MoveTarget } from './move-target.ts'

/** How many pages are written in one transaction. */
const PAGES = 20

export interface RowsProgress {
  readonly table: string
  readonly rows: number
}

/**
 * Copies every row of the stopped source, table by table. Rows that the target has of this stop are the first ones by
 * key, and copying goes on after them. Rows of an earlier stop are deleted first.
 */
export async function copyRows(move: Move, stopId: string, onProgress: (done: RowsProgress) => void): Promise<void> {
  const from = move.source.metadata.rows.tables
  const row = await move.onTarget(async (_, target) => target)
  if (row.stopId !== stopId) {
    for (const table of from.tables.toReversed()) await deleteAll(move, table)
    await move.changeTarget({ stopId })
  }
  for (const table of from.tables) {
    let rows = 0
    let after = await move.target.metadata.rows.tables.last(table)
    for (let isMore = true; isMore; ) {
      await move.onTarget(async ({ tables: to }) => {
        for (let pages = 0; isMore && pages < PAGES; pages += 1) {
          const page = await from.page(table, after)
          if (page.length > 0) await to.insert(table, page)
          rows += page.length
          after = page.at(-1) ?? after
          isMore = page.length === table.pageRows
        }
      })
      onProgress({ table: table.name, rows })
    }
    if (!table.hasIdentity) continue
    const last = await from.lastIdentity(table)
    await move.onTarget(({ tables: to }) => to.setIdentity(table, last))
  }
}

/** Deletes every row of a table at the target. */
export async function deleteAll(move: MoveTarget, table: MovedTable): Promise<void> {
  for (let isMore = true; isMore; ) isMore = await move.onTarget(({ tables }) => tables.deleteSome(table))
}

/**
 * Reads all rows of both ends, and returns how many there are in each table.
 * @throws MoveRefused when the ends differ
 */
export async function compareRows(
  move: Move,
  onProgress: (done: RowsProgress) => void,
): Promise<Record<string, number>> {
  const [from, to] = [move.source.metadata.rows.tables, move.target.metadata.rows.tables]
  const counts: Record<string, number> = {}
  for (const table of from.tables) {
    const [here, there] = await Promise.all([fingerprint(from, table), fingerprint(to, table)])
    if (here.rows !== there.rows || here.digest !== there.digest)
      throw new MoveRefused(
        `The table ${table.name} is not the same at both ends: ${here.rows} rows here, ${there.rows} there.`,
      )
    counts[table.name] = here.rows
    onProgress({ table: table.name, rows: here.rows })
  }
  return counts
}

async function fingerprint(tables: TableRows, table: MovedTable): Promise<{ rows: number; digest: string }> {
  const hash = createHash('sha256')
  let rows = 0
  for (let after: TableRow | undefined; ; ) {
    const page = await tables.page(table, after)
    for (const row of page) hash.update(canonical(row))
    rows += page.length
    after = page.at(-1)
    if (page.length < table.pageRows) break
  }
  if (table.hasIdentity) hash.update(String(await tables.lastIdentity(table)))
  return { rows, digest: hash.digest('hex') }
}

/** The text of a row, which is the same whichever engine gave the row. */
function canonical(row: TableRow): string {
  const columns = Object.keys(row).sort()
  return JSON.stringify(columns.map(column => [column, canonicalCell(row[column] ?? null)]))
}

function canonicalCell(cell: Cell): unknown {
  if (cell instanceof Uint8Array) return { sha256: createHash('sha256').update(cell).digest('hex') }
  // PostgreSQL's text has no NUL: the adapter writes the replacement character in its place.
  return typeof cell === 'string' ? cell.replaceAll('\0', '\uFFFD') : cell
}
