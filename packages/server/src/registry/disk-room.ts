import type { RegistryContext } from './context.ts'

/** The bytes that an addition takes of the rows' disk, more or less. The reserve on the disk makes up for the rest. */
const ROW_BYTES = 64 * 1024

/**
 * Refuses an addition of rows where their disk is as full as it may be made. Call it for additions only: deletions,
 * restores, settings and the log of what is done go on, so that room can be made.
 * @throws RegistryError `storageFull`
 */
export async function requireDiskRoom({ metadata }: Pick<RegistryContext, 'metadata'>): Promise<void> {
  await metadata.disk?.take(ROW_BYTES)
}
