import { type Kysely, sql } from 'kysely'
import type { StorageKey } from '../../../../ports/blob-store.ts'
import type { InventoryBlob, InventoryRows } from '../../../../ports/rows/upkeep/inventory.ts'
import { readInChunks } from '../../chunks.ts'
import { BLOB } from '../../columns/blob-columns.ts'
import type { Stored } from '../../columns/stored.ts'
import { binnedBytes, binnedCount, liveCount, recount } from '../../counters.ts'
import { HIDDEN } from '../../hidden.ts'
import type { Schema } from '../../schema.ts'

const INVENTORY_BLOB = [...BLOB, 'damaged_at as damagedAt'] as const

const PATH = sql<string>`aliases.alias || '/' || repositories.name`

export function inventoryRows(db: Kysely<Schema>): InventoryRows {
  return {
    async blobs({ after, limit }) {
      let query = db.selectFrom('blobs').select(INVENTORY_BLOB).orderBy('digest').limit(limit)
      if (after !== undefined) query = query.where('digest', '>', after)
      return (await query.execute()).map(toBlob)
    },

    async findBlob(digest) {
      const row = await db.selectFrom('blobs').select(INVENTORY_BLOB).where('digest', '=', digest).executeTakeFirst()
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

    damagedImages: limit =>
      db
        .selectFrom('blobs')
        .innerJoin('repository_blobs', 'repository_blobs.digest', 'blobs.digest')
        .innerJoin('manifest_blobs', join =>
          join
            .onRef('manifest_blobs.repository_id', '=', 'repository_blobs.repository_id')
            .onRef('manifest_blobs.blob', '=', 'repository_blobs.digest'),
        )
        .innerJoin('repositories', 'repositories.id', 'repository_blobs.repository_id')
        .innerJoin('aliases', join =>
          join.onRef('aliases.account_id', '=', 'repositories.account_id').on('aliases.is_primary', '=', 1),
        )
        .select(['blobs.digest as blob', 'manifest_blobs.manifest', PATH.as('path')])
        .where('blobs.damaged_at', 'is not', null)
        .limit(limit)
        .execute(),

    async knownKeys(keys) {
      // One statement looks in all tables, so that no key is missed on its way from one to the next.
      const naming = (table: 'blobs' | 'uploads' | 'removals', chunk: readonly StorageKey[]) =>
        db.selectFrom(table).select('storage_key').where('storage_key', 'in', chunk)
      const found = await readInChunks(keys, chunk =>
        naming('uploads', chunk).unionAll(naming('blobs', chunk)).unionAll(naming('removals', chunk)).execute(),
      )
      return new Set(found.map(row => row.storage_key))
    },

    async isOfBlob(key) {
      const row = await db.selectFrom('blobs').select('digest').where('storage_key', '=', key).executeTakeFirst()
      return row !== undefined
    },

    async counts({ after, limit }) {
      let query = db
        .selectFrom('repositories')
        .innerJoin('aliases', join =>
          join.onRef('aliases.account_id', '=', 'repositories.account_id').on('aliases.is_primary', '=', 1),
        )
        // A repository that was deleted and is being emptied is not counted any more.
        .where('repositories.name', '<', HIDDEN)
        .select([
          'repositories.id',
          PATH.as('path'),
          'repositories.image_count',
          'repositories.bin_count',
          'repositories.bin_bytes',
          liveCount.as('live'),
          binnedCount.as('binned'),
          binnedBytes.as('binned_bytes'),
        ])
        .orderBy('repositories.id')
        .limit(limit)
      if (after !== undefined) query = query.where('repositories.id', '>', after)
      return (await query.execute()).map(row => ({
        id: row.id,
        path: row.path,
        kept: { images: row.image_count, binImages: row.bin_count, binBytes: row.bin_bytes },
        counted: {
          images: Number(row.live),
          binImages: Number(row.binned),
          binBytes: Number(row.binned_bytes),
        },
      }))
    },

    recount: id => recount(db, id),

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

    async manifests({ after, limit }) {
      let query = db
        .selectFrom('manifests')
        .select(['repository_id as repositoryId', 'digest', 'media_type as mediaType'])
      if (after !== undefined)
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('repository_id', 'digest'), '>', tuple(after.repositoryId, after.digest)),
        )
      return query.orderBy('repository_id').orderBy('digest').limit(limit).execute()
    },
  }
}

const toBlob = (row: Stored<InventoryBlob>): InventoryBlob => ({ ...row, damagedAt: row.damagedAt ?? undefined })
