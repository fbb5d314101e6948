import { type Kysely, sql } from 'kysely'
import type { StorageKey } from '../../ports/blob-store.ts'
import type { InventoryBlob, InventoryRows } from '../../ports/inventory-rows.ts'
import { chunksOf, readInChunks } from './chunks.ts'
import type { Stored } from './columns.ts'
import type { Schema } from './schema.ts'

const BLOB = ['digest', 'size_bytes as sizeBytes', 'storage_key as storageKey', 'damaged_at as damagedAt'] as const

export function inventoryRows(db: Kysely<Schema>): InventoryRows {
  return {
    async blobs({ after, limit }) {
      let query = db.selectFrom('blobs').select(BLOB).orderBy('digest').limit(limit)
      if (after !== undefined) query = query.where('digest', '>', after)
      return (await query.execute()).map(toBlob)
    },

    async findBlob(digest) {
      const row = await db.selectFrom('blobs').select(BLOB).where('digest', '=', digest).executeTakeFirst()
      return row && toBlob(row)
    },

    async countDamaged() {
      const { total } = await db
        .selectFrom('blobs')
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .where('damaged_at', 'is not', null)
        .executeTakeFirstOrThrow()
      return Number(total)
    },

    async knownKeys(keys) {
      // One statement, so that no key is missed on its way from one table to the next.
      const naming = (table: 'blobs' | 'uploads' | 'removals', chunk: readonly StorageKey[]) =>
        db.selectFrom(table).select('storage_key').where('storage_key', 'in', chunk)
      const found = await readInChunks(keys, chunk =>
        naming('uploads', chunk).unionAll(naming('blobs', chunk)).unionAll(naming('removals', chunk)).execute(),
      )
      return new Set(found.map(row => row.storage_key))
    },

    async journal(key) {
      await db.insertInto('removals').values({ storage_key: key }).execute()
    },

    async markDamaged({ digest, storageKey }, at) {
      const { numUpdatedRows } = await db
        .updateTable('blobs')
        .set({ damaged_at: at ?? null })
        .where('digest', '=', digest)
        .where('storage_key', '=', storageKey)
        .where('damaged_at', at === undefined ? 'is not' : 'is', null)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },

    async counts({ after, limit }) {
      let query = db
        .selectFrom('repositories')
        .innerJoin('aliases', join =>
          join.onRef('aliases.account_id', '=', 'repositories.account_id').on('aliases.is_primary', '=', 1),
        )
        .select(({ selectFrom }) => [
          'repositories.id',
          sql<string>`aliases.alias || '/' || repositories.name`.as('path'),
          'repositories.image_count as imageCount',
          selectFrom('manifests')
            .select(({ fn }) => fn.countAll<number>().as('total'))
            .whereRef('manifests.repository_id', '=', 'repositories.id')
            .as('images'),
        ])
        .orderBy('repositories.id')
        .limit(limit)
      if (after !== undefined) query = query.where('repositories.id', '>', after)
      return (await query.execute()).map(row => ({ ...row, images: Number(row.images) }))
    },

    async recount(id) {
      await db
        .updateTable('repositories')
        .set(({ selectFrom }) => ({
          image_count: selectFrom('manifests')
            .select(({ fn }) => fn.countAll<number>().as('total'))
            .where('repository_id', '=', id),
        }))
        .where('id', '=', id)
        .execute()
    },

    async linked(repositoryId, digests) {
      const found = await readInChunks(digests, chunk =>
        db
          .selectFrom('repository_blobs')
          .innerJoin('blobs', 'blobs.digest', 'repository_blobs.digest')
          .select('blobs.digest')
          .where('repository_blobs.repository_id', '=', repositoryId)
          .where('repository_blobs.digest', 'in', chunk)
          .execute(),
      )
      return new Set(found.map(row => row.digest))
    },

    async references(repositoryId, manifest) {
      const blobs = await db
        .selectFrom('manifest_blobs')
        .select('blob')
        .where('repository_id', '=', repositoryId)
        .where('manifest', '=', manifest)
        .execute()
      const children = await db
        .selectFrom('manifest_children')
        .select('child')
        .where('repository_id', '=', repositoryId)
        .where('parent', '=', manifest)
        .execute()
      return { blobs: blobs.map(row => row.blob), children: children.map(row => row.child) }
    },

    async addReferences(repository_id, manifest, { blobs, children }) {
      for (const chunk of chunksOf(blobs)) {
        await db
          .insertInto('manifest_blobs')
          .values(chunk.map(blob => ({ repository_id, manifest, blob })))
          .onConflict(conflict => conflict.doNothing())
          .execute()
      }
      for (const chunk of chunksOf(children)) {
        await db
          .insertInto('manifest_children')
          .values(chunk.map(child => ({ repository_id, parent: manifest, child })))
          .onConflict(conflict => conflict.doNothing())
          .execute()
      }
    },
  }
}

const toBlob = (row: Stored<InventoryBlob>): InventoryBlob => ({ ...row, damagedAt: row.damagedAt ?? undefined })
