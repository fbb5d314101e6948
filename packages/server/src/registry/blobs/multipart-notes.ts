import type { StorageKey } from '../../ports/blob-store.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import type { MultipartNotes } from '../../ports/multipart-notes.ts'

const PAGE = 500

/** Notes of the uploads that a blob store holds in parts, kept as rows. */
export function multipartNotes(metadata: MetadataStore): MultipartNotes {
  return {
    note: row => metadata.transaction(rows => rows.multiparts.put(row)),

    async forget(key, multipartId) {
      const found = await metadata.rows.multiparts.of(key)
      const ended = found.filter(row => multipartId === undefined || row.multipartId === multipartId)
      if (ended.length === 0) return
      await metadata.transaction(async rows => {
        for (const row of ended) await rows.multiparts.delete(row)
      })
    },

    async *keys() {
      let after: StorageKey | undefined
      do {
        const page: StorageKey[] = await metadata.rows.multiparts.keys({ after, limit: PAGE })
        yield* page
        after = page.at(-1)
      } while (after !== undefined)
    },
  }
}
