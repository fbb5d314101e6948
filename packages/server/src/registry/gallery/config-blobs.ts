import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'

/** The longest configuration that is read. */
export const CONFIG_LIMIT_BYTES = 4 * 1024 * 1024
/** The bytes beyond which a configuration waits for a turn of the event loop of its own. */
export const LINE_LIMIT_BYTES = 64 * 1024

/** The media types of configurations that pages read. */
export const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
])

/** All bytes of a blob that is known to be short; undefined where they are not there. */
export async function readWhole(blobs: BlobStore, key: StorageKey): Promise<Buffer | undefined> {
  const chunks = await blobs.read(key)
  if (chunks === undefined) return undefined
  const parts: Buffer[] = []
  // A chunk's memory is used again for the next one.
  for await (const chunk of chunks) parts.push(Buffer.from(chunk))
  return Buffer.concat(parts)
}
