import { setTimeout as delay } from 'node:timers/promises'
import type { StorageKey } from '../../ports/blob-store.ts'
import type { Finding, Inspection } from './inspection.ts'

/** How many keys are looked up in one statement. */
const LOOKED_UP = 500
/** How many keys without a row wait together until the grace is over. */
const SUSPECTS = 10_000
/** How many keys are journalled in one transaction. */
const JOURNALLED = 100

/** Finds bytes that nothing names. Repair journals their keys and empties the journal. */
export async function* checkKeys(inspection: Inspection): AsyncGenerator<Finding> {
  const { context, checked, onProgress } = inspection
  let suspects: StorageKey[] = []
  for await (const keys of inPieces(context.blobs.keys(), LOOKED_UP)) {
    suspects.push(...(await unknown(inspection, keys)))
    checked.keys += keys.length
    onProgress()
    if (suspects.length < SUSPECTS) continue
    yield* judge(inspection, suspects)
    suspects = []
  }
  if (suspects.length > 0) yield* judge(inspection, suspects)
}

/**
 * Decides on bytes without a row. Rows are written before bytes and go before them, so such bytes are on their way out,
 * or belong to an upload whose repository went while it began: both are gone soon. Bytes that are still there after the
 * grace are orphans.
 */
async function* judge(inspection: Inspection, suspects: readonly StorageKey[]): AsyncGenerator<Finding> {
  await delay(inspection.graceMs)
  for (let start = 0; start < suspects.length; start += JOURNALLED)
    yield* judgeSome(inspection, suspects.slice(start, start + JOURNALLED))
}

async function* judgeSome(inspection: Inspection, suspects: readonly StorageKey[]): AsyncGenerator<Finding> {
  const { context, removals, repair } = inspection
  const { blobs, metadata } = context
  const orphans = new Map<StorageKey, number>()
  for (const key of await unknown(inspection, suspects)) {
    const sizeBytes = await blobs.sizeBytes(key)
    if (sizeBytes !== undefined) orphans.set(key, sizeBytes)
  }
  if (orphans.size === 0) return
  if (repair) {
    await metadata.transaction(async ({ inventory, journal }) => {
      const known = await inventory.knownKeys([...orphans.keys()])
      for (const key of orphans.keys()) if (!known.has(key)) await journal.add(key)
    })
    await removals.emptyJournal()
  }
  for (const [key, sizeBytes] of orphans) {
    const mended = repair && (await blobs.sizeBytes(key)) === undefined
    yield { kind: 'orphanBytes', subject: key, detail: `${sizeBytes} bytes that nothing names`, mended }
  }
}

async function unknown({ context }: Inspection, keys: readonly StorageKey[]): Promise<StorageKey[]> {
  const known = await context.metadata.rows.inventory.knownKeys(keys)
  return keys.filter(key => !known.has(key))
}

async function* inPieces<T>(values: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let piece: T[] = []
  for await (const value of values) {
    piece.push(value)
    if (piece.length < size) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}
