import { setTimeout as delay } from 'node:timers/promises'
import type { MetadataStore } from '../ports/metadata-store.ts'

/**
 * How long background work rests after each piece, in terms of what that piece took. SQLite's writes and the files that
 * are removed share a disk with everything else: with rests as short as the work the p99 of pulls doubled.
 */
const TIMES = { alone: 4, shared: 1 }

/** Leaves requests the time and the disk, after a piece of work that began at `start` (of `performance.now()`). */
export const restSince = (start: number, { isShared }: Pick<MetadataStore, 'isShared'>): Promise<void> =>
  delay((performance.now() - start) * (isShared ? TIMES.shared : TIMES.alone))
