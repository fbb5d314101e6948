/** The values of one statement, well under the 32,766 parameters that SQLite takes. */
const CHUNK = 1000

/** `values` in pieces that one `IN` list can hold; none when there are no values. */
export function* chunksOf<T>(values: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < values.length; start += CHUNK) yield values.slice(start, start + CHUNK)
}

/**
 * The first `limit` rows that `read` finds for `values`; of each chunk it reads at most what is left. The values are
 * sorted first, so that the chunks are in order too.
 */
export async function readUpTo<T, Row>(
  values: readonly T[],
  limit: number,
  read: (chunk: readonly T[], left: number) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const chunk of chunksOf([...values].sort())) {
    if (rows.length >= limit) break
    for (const row of await read(chunk, limit - rows.length)) rows.push(row)
  }
  return rows
}

/** All rows that `read` finds for `values`, whatever their number. */
export async function readInChunks<T, Row>(
  values: readonly T[],
  read: (chunk: readonly T[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  // The rows are pushed one by one: as arguments of one call, the tags of a hundred images would be more than the stack
  // holds.
  for (const chunk of chunksOf(values)) for (const row of await read(chunk)) rows.push(row)
  return rows
}
