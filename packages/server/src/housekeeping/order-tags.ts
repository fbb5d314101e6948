import type { RegistryContext } from '../registry/context.ts'
import { Pace } from '../registry/pace.ts'

/** The tags of one transaction. */
const BATCH = 500

/** Fills in what tags are sorted by, where a server of an older release has left that out. */
export async function orderTags({ metadata }: RegistryContext, signal?: AbortSignal): Promise<void> {
  const pace = new Pace(metadata, { most: BATCH })
  while (signal?.aborted !== true) {
    // Most passes find no such tag, and write nothing.
    if (!(await metadata.rows.tagOrder.isLacking())) return
    await pace.work(size => metadata.transaction(rows => rows.tagOrder.fill(size)))
    await pace.rest(signal)
  }
}
