import type { RegistryContext } from '../registry/context.ts'
import { Pace } from '../registry/pace.ts'

/** How many repositories one transaction looks at, with all images of each. */
const BATCH = 10

/** Fills in when repositories were last pushed to, where a server of an older release has left that out. */
export async function notePushTimes({ metadata }: RegistryContext, signal?: AbortSignal): Promise<void> {
  const pace = new Pace(metadata)
  while (signal?.aborted !== true) {
    // Most passes find no such repository, and write nothing.
    if (!(await metadata.rows.shownRepositories.lackPushTimes())) return
    await pace.work(() => metadata.transaction(rows => rows.shownRepositories.notePushTimes(BATCH)))
    await pace.rest(signal)
  }
}
