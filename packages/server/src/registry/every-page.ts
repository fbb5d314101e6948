import type { Page } from '../ports/rows/common.ts'

/** Every page of a listing, one after the other. */
export async function* everyPage<Row, Key>(
  list: (page: Page<Key>) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
  limit: number,
): AsyncGenerator<Row[]> {
  for (let after: Key | undefined; ; ) {
    const page = await list({ after, limit })
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (last === undefined || page.length < limit) return
    after = keyOf(last)
  }
}

/** Every row of a listing, of which `limit` are read at a time. */
export async function* everyRow<Row, Key>(
  list: (page: Page<Key>) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
  limit = 500,
): AsyncGenerator<Row> {
  for await (const page of everyPage(list, keyOf, limit)) yield* page
}
