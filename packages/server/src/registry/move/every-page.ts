/** Every page of a listing. */
export async function* everyPage<Row, Key>(
  list: (page: { after?: Key | undefined; limit: number }) => Promise<Row[]>,
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
