import type { RegistryContext } from './context.ts'

/** What an addition takes of the rows' disk, more or less; what is left in reserve makes up for the rest. */
const ROW_BYTES = 64 * 1024

/**
 * Refuses what would add rows where their disk is as full as it may be made. Deletions, restores, settings and the log
 * of what is done are never asked: they go on, so that room can be made.
 * @throws RegistryError `storageFull`
 */
export async function requireDiskRoom({ metadata }: Pick<RegistryContext, 'metadata'>): Promise<void> {
  await metadata.disk?.take(ROW_BYTES)
}
