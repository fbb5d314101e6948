import type { Page } from '../ports/rows/common.ts'
import { ownTurn } from '../runtime/own-turn.ts'

/** One page of a listing, and the key to go on after; `next` is undefined on the last page. */
export interface PageOf<Item, Key> {
  readonly items: readonly Item[]
  readonly next: Key | undefined
}

/** Makes a page of at most `limit` from rows. One row more was asked for, which shows whether a page follows. */
export function pageOf<Item, Key>(rows: readonly Item[], limit: number, keyOf: (item: Item) => Key): PageOf<Item, Key> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : undefined }
}

/** The bytes of JSON at which a page of a listing ends, and not sooner. */
export const PAGE_BYTES = 4 * 1024 * 1024
/** How much is read at a time, roughly: the next item may be a thousand times as long as the last. */
const BATCH = { bytes: 128 * 1024, items: 25 }
/** How many items may be read before there is room for a page. */
const FIRST_ITEMS = 1
/** How often a page is made at most, where what it lists is deleted meanwhile. */
const TRIES = 3

export interface Filling<Item, Wire, Key> {
  readonly page: Page<Key>
  readonly list: (page: Page<Key>) => Promise<PageOf<Item, Key>>
  readonly toWire: (item: Item) => Wire
  /** Called once, before more than the first item is read. @throws RegistryError `unavailable` */
  readonly makeRoom: () => Promise<void>
  /**
   * Whether all that was read in several reads is still there. So a page shows all or nothing of deletions that are
   * one. Not called where one read made the page.
   */
  readonly isStill?: (items: readonly Item[]) => Promise<boolean>
  readonly limitBytes?: number
}

/**
 * A page of at most 4 MiB, read a few items at a time. An item may be as long as a thousand tags, and a whole page of
 * such items would be read only to be cut. A page has one item at least, so that a client always gets on.
 */
export async function fillPage<Item, Wire, Key>(filling: Filling<Item, Wire, Key>): Promise<PageOf<Wire, Key>> {
  let room: Promise<void> | undefined
  const makeRoom = () => {
    room ??= filling.makeRoom()
    return room
  }
  for (let tries = 1; ; tries += 1) {
    const { read, reads, ...made } = await fillOnce({ ...filling, makeRoom })
    if (reads === 1 || tries === TRIES || filling.isStill === undefined || (await filling.isStill(read))) return made
  }
}

interface Filled<Item, Wire, Key> extends PageOf<Wire, Key> {
  readonly read: readonly Item[]
  readonly reads: number
}

async function fillOnce<Item, Wire, Key>(filling: Filling<Item, Wire, Key>): Promise<Filled<Item, Wire, Key>> {
  const { page, list, toWire, makeRoom, limitBytes = PAGE_BYTES } = filling
  const items: Wire[] = []
  const read: Item[] = []
  let [sizeBytes, batch, reads] = [0, FIRST_ITEMS, 0]
  for (let { after } = page; ; ) {
    const wanted = Math.min(batch, page.limit - items.length)
    await ownTurn() // however many pages are made at once
    const found = await list({ after, limit: wanted })
    reads += 1
    const wires = found.items.map(toWire)
    const fitting = countFitting(wires, limitBytes - sizeBytes)
    if (fitting.count < wires.length && items.length + wires.length > 1) {
      if (fitting.count === 0 && items.length > 0) return { items, next: after, read, reads }
      // The items are read again, because the listing alone can tell the key to go on after.
      batch = Math.max(1, fitting.count)
      continue
    }
    items.push(...wires)
    read.push(...found.items)
    sizeBytes += fitting.sizeBytes
    after = found.next
    if (after === undefined || items.length >= page.limit || sizeBytes >= limitBytes)
      return { items, next: after, read, reads }
    if (items.length === wires.length) await makeRoom()
    const average = Math.ceil(sizeBytes / Math.max(1, items.length)) || 1
    batch = Math.max(1, Math.min(BATCH.items, Math.floor(Math.min(limitBytes - sizeBytes, BATCH.bytes) / average)))
  }
}

/** How many of the items fit into so many bytes, and the bytes that they take; those of the first where none fits. */
function countFitting(wires: readonly unknown[], roomBytes: number): { count: number; sizeBytes: number } {
  let sizeBytes = 0
  for (const [count, wire] of wires.entries()) {
    const next = sizeBytes + Buffer.byteLength(JSON.stringify(wire)) + 1
    if (next > roomBytes) return { count, sizeBytes: count === 0 ? next : sizeBytes }
    sizeBytes = next
  }
  return { count: wires.length, sizeBytes }
}
