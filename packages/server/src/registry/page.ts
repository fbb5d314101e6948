/** One page of a listing, and the key to go on after; `next` is undefined on the last page. */
export interface PageOf<Item, Key> {
  readonly items: readonly Item[]
  readonly next: Key | undefined
}

/** Makes a page of at most `limit` from rows of which one more was asked for, to see whether a page follows. */
export function pageOf<Item, Key>(rows: readonly Item[], limit: number, keyOf: (item: Item) => Key): PageOf<Item, Key> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : undefined }
}
