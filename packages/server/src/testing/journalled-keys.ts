import type { StorageKey } from '../ports/blob-store.ts'
import type { Rows } from '../ports/metadata-store.ts'

/** The keys in the journal in their order, with those that were put off. */
export async function journalledKeys({ journal }: Rows): Promise<StorageKey[]> {
  const due = await journal.due(Number.MAX_SAFE_INTEGER, 10_000)
  return due.map(row => row.storageKey).sort()
}
