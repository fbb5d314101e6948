import { algorithmOf } from '../../domain/digest.ts'
import type { InventoryBlob } from '../../ports/rows/upkeep/inventory.ts'
import { hashStored } from '../blobs/hash-stored.ts'
import { everyRow } from '../every-page.ts'
import type { Finding, Inspection } from './inspection.ts'

type Fault = Pick<Finding, 'kind' | 'detail'>

/**
 * Finds blobs whose bytes are missing or wrong. Repair marks such a blob: it is served to nobody, and the next push of
 * its digest replaces the bytes. A blob that is marked already is no fault, unless its bytes turn out to be whole.
 */
export async function* checkBlobs(inspection: Inspection): AsyncGenerator<Finding> {
  const { context, checked, onProgress } = inspection
  const { inventory } = context.metadata.rows
  for await (const blob of everyRow(inventory.blobs, row => row.digest)) {
    const fault = await faultOf(inspection, blob)
    checked.blobs += 1
    onProgress()
    const isMarked = blob.damagedAt !== undefined
    if (isMarked === (fault !== undefined)) continue
    if (isMarked && !inspection.rehash) continue
    const found = fault ?? { kind: 'soundBlob', detail: 'marked as damaged, and whole' }
    const mended = await settle(inspection, blob, found)
    if (mended !== undefined) yield { ...found, subject: blob.digest, mended }
  }
}

/**
 * Decides on a fault. True where it was mended; undefined where it is none, because the blob went meanwhile or was
 * pushed again.
 */
async function settle(
  { context, repair }: Inspection,
  blob: InventoryBlob,
  { kind }: Fault,
): Promise<boolean | undefined> {
  const { metadata, clock } = context
  if (!repair || kind === 'unreadableBytes') {
    const now = await metadata.rows.inventory.findBlob(blob.digest)
    return now?.storageKey === blob.storageKey && now.damagedAt === blob.damagedAt ? false : undefined
  }
  const damagedAt = kind === 'soundBlob' ? undefined : clock.now()
  const marked = await metadata.transaction(rows => rows.blobs.markDamaged(blob, damagedAt))
  return marked ? true : undefined
}

async function faultOf(inspection: Inspection, blob: InventoryBlob): Promise<Fault | undefined> {
  const { blobs } = inspection.context
  try {
    const sizeBytes = await blobs.sizeBytes(blob.storageKey)
    if (sizeBytes === undefined) return { kind: 'missingBytes', detail: `${blob.sizeBytes} bytes are missing` }
    if (sizeBytes !== blob.sizeBytes)
      return { kind: 'wrongSize', detail: `${sizeBytes} bytes where ${blob.sizeBytes} are expected` }
    return inspection.rehash ? await rehash(inspection, blob) : undefined
  } catch (error) {
    return { kind: 'unreadableBytes', detail: error instanceof Error ? error.message : String(error) }
  }
}

async function rehash({ context, checked, onProgress }: Inspection, blob: InventoryBlob): Promise<Fault | undefined> {
  const digest = await hashStored(context.blobs, blob.storageKey, algorithmOf(blob.digest), sizeBytes => {
    checked.bytes += sizeBytes
    onProgress()
  })
  if (digest === undefined) return { kind: 'missingBytes', detail: `${blob.sizeBytes} bytes are missing` }
  return digest === blob.digest ? undefined : { kind: 'corruptBytes', detail: `its bytes are those of ${digest}` }
}
