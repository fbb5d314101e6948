import type { Removals } from '../blobs/removals.ts'
import type { RegistryContext } from '../context.ts'
import { everyRow } from '../every-page.ts'
import { checkBlobs } from './check-blobs.ts'
import { checkCounter } from './check-counter.ts'
import { checkKeys } from './check-keys.ts'
import { checkManifests } from './check-manifests.ts'
import { checkUsage } from './check-usage.ts'
import type { Checked, Finding, Inspection } from './inspection.ts'

export interface VerifyOptions {
  readonly repair: boolean
  /** Whether to read and hash all bytes. Otherwise only sizes are compared. */
  readonly rehash: boolean
  /** Milliseconds that bytes may be without a row before that counts as a fault. */
  readonly graceMs: number
  readonly onProgress: (checked: Readonly<Checked>) => void
}

/**
 * Walks all bytes and all rows, and yields what does not fit together. With `repair` it mends what can be mended. It
 * holds a page at a time, and may run beside a server and beside passes of the collector. A fault counts only if the
 * rows still say so when it has been found, and each repair is one transaction.
 */
export async function* verify(
  context: RegistryContext,
  removals: Removals,
  { onProgress, ...options }: VerifyOptions,
): AsyncGenerator<Finding, Checked> {
  const checked: Checked = { keys: 0, blobs: 0, bytes: 0, manifests: 0, repositories: 0 }
  const inspection: Inspection = { context, removals, ...options, checked, onProgress: () => onProgress(checked) }
  const { inventory } = context.metadata.rows
  yield* checkKeys(inspection)
  yield* checkBlobs(inspection)
  for await (const repository of everyRow(inventory.counts, row => row.id)) {
    yield* checkCounter(inspection, repository)
    yield* checkManifests(inspection, repository)
    checked.repositories += 1
  }
  yield* checkUsage(inspection)
  return checked
}
