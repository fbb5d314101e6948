import { setImmediate as nextTurn } from 'node:timers/promises'

/** How many rows one statement reads where one owner may have thousands: SQLite works on the thread that asks it. */
export const PAGE = 2_000

export interface PageQueries<Key, Row> {
  readonly keyOf: (row: Row) => Key
  /** The first `PAGE` rows of these owners, sorted by owner. */
  readonly first: (keys: readonly Key[]) => Promise<Row[]>
  /** The next `PAGE` rows of the owner of this row. */
  readonly after: (row: Row) => Promise<Row[]>
}

/**
 * All rows of the owners, sorted by owner, in statements of bounded length. Other work has its turn after each
 * statement.
 */
export async function readInPages<Key extends string | number, Row>(
  keys: readonly Key[],
  { keyOf, first, after }: PageQueries<Key, Row>,
): Promise<Row[]> {
  const rows: Row[] = []
  const add = async (page: Row[]) => {
    for (const row of page) rows.push(row)
    if (page.length === PAGE) await nextTurn()
    return page
  }
  for (let left = keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)); left.length > 0; ) {
    let page = await add(await first(left))
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    // The last owner of a full page may have more.
    for (let row = last; page.length === PAGE; row = page.at(-1) ?? row) page = await add(await after(row))
    left = left.filter(key => key > keyOf(last))
  }
  return rows
}
