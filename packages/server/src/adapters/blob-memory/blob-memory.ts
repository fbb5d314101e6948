import type { BlobStore, BlobWriter, StorageKey } from '../../ports/blob-store.ts'
import { freeBuffer } from '../../runtime/free-buffer.ts'

const CHUNK_BYTES = 64 * 1024

/**
 * Blobs in memory, for unit tests. The store is as strict as the port allows, so that misuse shows: bytes that were
 * not flushed are lost, a writer brings back what was removed, a chunk that was written is overwritten, and so is a
 * chunk that was read once the next one is asked for.
 */
export function createMemoryBlobStore(): BlobStore {
  const objects = new Map<StorageKey, Buffer>()

  return {
    async create(key) {
      if (objects.has(key)) throw new Error(`the storage key ${key} is taken`)
      objects.set(key, Buffer.alloc(0))
      return openWriter(objects, key, 0)
    },

    async resume(key) {
      const bytes = objects.get(key)
      return bytes && openWriter(objects, key, bytes.length)
    },

    async sizeBytes(key) {
      return objects.get(key)?.length
    },

    async read(key, range) {
      const bytes = objects.get(key)
      if (!bytes) return undefined
      if (range && !(range.first >= 0 && range.first <= range.last && range.last < bytes.length))
        throw new RangeError(`bytes ${range.first} to ${range.last} are not inside ${bytes.length}`)
      return readChunks(range ? bytes.subarray(range.first, range.last + 1) : bytes)
    },

    async remove(key) {
      objects.delete(key)
    },

    async *keys() {
      yield* objects.keys()
    },
  }
}

function openWriter(objects: Map<StorageKey, Buffer>, key: StorageKey, heldBytes: number): BlobWriter {
  let accepted: Buffer[] = []
  let sizeBytes = heldBytes
  let closed = false
  const assertOpen = () => {
    if (closed) throw new Error('the blob writer is closed')
  }
  const flush = async () => {
    assertOpen()
    objects.set(key, Buffer.concat([objects.get(key) ?? Buffer.of(), ...accepted]))
    accepted = []
  }
  const close = async () => {
    closed = true
    accepted = []
  }

  return {
    get sizeBytes() {
      return sizeBytes
    },
    async write(chunk) {
      assertOpen()
      accepted.push(Buffer.from(chunk))
      sizeBytes += chunk.length
      chunk.fill(0)
      freeBuffer(chunk)
    },
    flush,
    async commit() {
      await flush()
      await close()
    },
    close,
  }
}

async function* readChunks(bytes: Buffer): AsyncGenerator<Buffer, void, void> {
  const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, bytes.length))
  try {
    for (let position = 0; position < bytes.length; position += buffer.length) {
      const copied = bytes.copy(buffer, 0, position)
      yield buffer.subarray(0, copied)
      buffer.fill(0)
    }
  } finally {
    buffer.fill(0)
  }
}
