import { algorithmOf } from '../../domain/digest.ts'
import { RunningHash } from '../../domain/running-hash.ts'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'
import type { BlobRow } from '../../ports/rows/blobs/blobs.ts'

/** A blob whose bytes at the source do not hash to its digest. It is not copied. */
export interface BlobFault {
  readonly kind: 'missingBytes' | 'wrongSize' | 'corruptBytes' | 'unreadableBytes'
  readonly digest: string
  readonly detail: string
}

/**
 * Copies the bytes of a blob under the same key, and hashes them on their way. Returns what is wrong with the source's
 * bytes; the target then holds none of them that were committed.
 * @throws whatever the target throws, and the reason of the signal
 */
export async function copyObject(
  from: Pick<BlobStore, 'read'>,
  to: Pick<BlobStore, 'create'>,
  { digest, sizeBytes, storageKey }: BlobRow,
  signal?: AbortSignal,
): Promise<Omit<BlobFault, 'digest'> | undefined> {
  const hash = new RunningHash(algorithmOf(digest))
  const writer = await to.create(storageKey)
  try {
    for await (const bytes of readingFrom(from, storageKey)) {
      signal?.throwIfAborted()
      hash.update(bytes)
      if (writer.sizeBytes + bytes.length > sizeBytes) return wrongSize(`more than ${sizeBytes} bytes`)
      await writer.write(Buffer.from(bytes)) // a copy: the reader uses its memory again
    }
    if (writer.sizeBytes < sizeBytes) return wrongSize(`${writer.sizeBytes} bytes where ${sizeBytes} are expected`)
    const computed = hash.digest()
    if (computed !== digest) return { kind: 'corruptBytes', detail: `its bytes are those of ${computed}` }
    await writer.commit()
    return undefined
  } catch (error) {
    if (error instanceof Unread) return error.fault
    throw error
  } finally {
    await writer.close()
  }
}

const wrongSize = (detail: string) => ({ kind: 'wrongSize', detail }) as const

/** Tells the source's failures from those of the target. */
class Unread extends Error {
  readonly fault: Omit<BlobFault, 'digest'>

  constructor(fault: Omit<BlobFault, 'digest'>) {
    super(fault.detail)
    this.fault = fault
  }
}

async function* readingFrom(blobs: Pick<BlobStore, 'read'>, key: StorageKey): AsyncGenerator<Buffer> {
  let pieces: AsyncIterable<Buffer> | undefined
  try {
    pieces = await blobs.read(key)
    if (pieces !== undefined) yield* pieces
  } catch (error) {
    throw new Unread({ kind: 'unreadableBytes', detail: error instanceof Error ? error.message : String(error) })
  }
  if (pieces === undefined) throw new Unread({ kind: 'missingBytes', detail: 'its bytes are missing' })
}
