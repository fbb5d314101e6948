import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteMetadata } from '../adapters/metadata-sqlite/open-sqlite-metadata.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'

/**
 * An empty store in a file of its own, for tests. Closing the store removes the file. With `isShared` it says that
 * other servers share it, so that tests see what servers do then.
 */
export async function openTemporarySqliteMetadata({ isShared = false } = {}): Promise<MetadataStore> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-metadata-'))
  const store = await openSqliteMetadata({ file: join(folder, 'metadata.db') })
  return {
    rows: store.rows,
    isShared,
    transaction: (work, options) => store.transaction(work, options),
    transactionOfMove: work => store.transactionOfMove(work),
    snapshot: work => store.snapshot(work),
    async close() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
