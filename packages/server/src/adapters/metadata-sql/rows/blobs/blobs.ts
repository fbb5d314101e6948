import { type Kysely, sql } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { RegistryAlias, RepositoryName } from '../../../../domain/names.ts'
import type { StorageKey } from '../../../../ports/blob-store.ts'
import type { BlobRow, BlobRows } from '../../../../ports/rows/blobs/blobs.ts'
import type { DeletionId, RepositoryId } from '../../../../ports/rows/common.ts'
import { readInChunks } from '../../chunks.ts'
import { BLOB } from '../../columns/blob-columns.ts'
import { hotQuery } from '../../hot-query.ts'
import { giveToWaiting } from '../../record-references.ts'
import type { Schema } from '../../schema.ts'
import { journal } from './journal.ts'
import { queueReview, queueReviews, settleReview } from './reviews.ts'

const readable = hotQuery((db, values: { repositoryId: RepositoryId; digest: Digest }) =>
  db
    .selectFrom('repository_blobs')
    .innerJoin('blobs', 'blobs.digest', 'repository_blobs.digest')
    .select(BLOB)
    .where('repository_blobs.repository_id', '=', values.repositoryId)
    .where('repository_blobs.digest', '=', values.digest)
    .where('blobs.damaged_at', 'is', null),
)

const byPath = hotQuery((db, values: { alias: RegistryAlias; name: RepositoryName; digest: Digest }) =>
  db
    .selectFrom('aliases')
    .innerJoin('repositories', 'repositories.account_id', 'aliases.account_id')
    .leftJoin('repository_blobs', join =>
      join
        .onRef('repository_blobs.repository_id', '=', 'repositories.id')
        .on('repository_blobs.digest', '=', values.digest),
    )
    .leftJoin('blobs', join =>
      join.onRef('blobs.digest', '=', 'repository_blobs.digest').on('blobs.damaged_at', 'is', null),
    )
    .select('repositories.id as repositoryId')
    .select(BLOB)
    .where('aliases.alias', '=', values.alias)
    .where('repositories.name', '=', values.name),
)

export function blobRows(db: Kysely<Schema>): BlobRows {
  const renewBlob = (digest: Digest, leaseUntil: number) =>
    db
      .updateTable('blobs')
      .set({ lease_until: leaseUntil })
      .where('digest', '=', digest)
      .where('lease_until', '<', leaseUntil)
      .execute()

  const putLink = (repositoryId: RepositoryId, digest: Digest, leaseUntil: number) =>
    db
      .insertInto('repository_blobs')
      .values({ repository_id: repositoryId, digest, lease_until: leaseUntil })
      .onConflict(conflict =>
        conflict
          .columns(['repository_id', 'digest'])
          .doUpdateSet(({ ref }) => ({ lease_until: ref('excluded.lease_until') }))
          .whereRef('repository_blobs.lease_until', '<', 'excluded.lease_until'),
      )
      .execute()

  /** Lets a repository read a blob that is there, and manifests that wait for it refer to it. */
  const give = async (repositoryId: RepositoryId, digest: Digest, leaseUntil: number) => {
    await putLink(repositoryId, digest, leaseUntil)
    await queueReview(db, digest, leaseUntil)
    await giveToWaiting(db, repositoryId, digest, 'blob')
  }

  const holding = (digest: Digest) =>
    db.selectFrom('blobs').select(BLOB).select('damaged_at').where('digest', '=', digest).executeTakeFirst()

  /** Gives a damaged blob the bytes that were pushed for it. */
  const heal = async ({ digest, sizeBytes, storageKey }: BlobRow, damagedKey: StorageKey) => {
    await db
      .updateTable('blobs')
      .set({ size_bytes: sizeBytes, storage_key: storageKey, damaged_at: null })
      .where('digest', '=', digest)
      .execute()
    await journal(db, damagedKey)
  }

  return {
    async find(repositoryId, digest) {
      const [row] = await readable(db, { repositoryId, digest })
      return row
    },

    async resolve(alias, name, digest) {
      const [row] = await byPath(db, { alias, name, digest })
      if (row === undefined) return undefined
      const { repositoryId, digest: found, sizeBytes, storageKey } = row
      if (found === null || sizeBytes === null || storageKey === null) return { repositoryId, blob: undefined }
      return { repositoryId, blob: { digest: found, sizeBytes, storageKey } }
    },

    async sizes(repositoryId, digests) {
      const found = await readInChunks(digests, chunk =>
        db
          .selectFrom('repository_blobs')
          .innerJoin('blobs', 'blobs.digest', 'repository_blobs.digest')
          .select(['blobs.digest', 'blobs.size_bytes'])
          .where('repository_blobs.repository_id', '=', repositoryId)
          .where('repository_blobs.digest', 'in', chunk)
          .where('blobs.damaged_at', 'is', null)
          .execute(),
      )
      return new Map(found.map(row => [row.digest, row.size_bytes]))
    },

    async commit(repositoryId, row, leaseUntil) {
      const stored = await holding(row.digest)
      const isDamaged = stored !== undefined && stored.damaged_at !== null
      if (stored === undefined) {
        await db
          .insertInto('blobs')
          .values({
            digest: row.digest,
            size_bytes: row.sizeBytes,
            storage_key: row.storageKey,
            lease_until: leaseUntil,
          })
          .execute()
      } else {
        await renewBlob(row.digest, leaseUntil)
        if (isDamaged) await heal(row, stored.storageKey)
        else if (stored.storageKey !== row.storageKey) await journal(db, row.storageKey)
      }
      await give(repositoryId, row.digest, leaseUntil)
      if (stored === undefined || isDamaged) return row
      return { digest: stored.digest, sizeBytes: stored.sizeBytes, storageKey: stored.storageKey }
    },

    async link(repositoryId, digest, leaseUntil) {
      if ((await holding(digest)) === undefined) return false
      await renewBlob(digest, leaseUntil)
      await give(repositoryId, digest, leaseUntil)
      return true
    },

    async isLinked(digest) {
      const link = await db
        .selectFrom('repository_blobs')
        .innerJoin('blobs', 'blobs.digest', 'repository_blobs.digest')
        .select('repository_blobs.repository_id')
        .where('repository_blobs.digest', '=', digest)
        .where('blobs.damaged_at', 'is', null)
        .limit(1)
        .executeTakeFirst()
      return link !== undefined
    },

    async isReferenced(repositoryId, digest) {
      const reference = await db
        .selectFrom('manifest_blobs')
        .select('manifest')
        .where('repository_id', '=', repositoryId)
        .where('blob', '=', digest)
        .limit(1)
        .executeTakeFirst()
      return reference !== undefined
    },

    async unlink(repositoryId, digest, at) {
      const { numDeletedRows } = await db
        .deleteFrom('repository_blobs')
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest)
        .executeTakeFirstOrThrow()
      if (numDeletedRows > 0n) await queueReview(db, digest, at)
    },

    async collect(digest, now) {
      // The claim and the check are one statement each: no push can come between them on any engine.
      await db
        .deleteFrom('repository_blobs')
        .where('digest', '=', digest)
        .where('lease_until', '<=', now)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('manifest_blobs')
                .select('manifest')
                .whereRef('manifest_blobs.repository_id', '=', 'repository_blobs.repository_id')
                .whereRef('manifest_blobs.blob', '=', 'repository_blobs.digest'),
            ),
          ),
        )
        .execute()
      const collected = await db
        .deleteFrom('blobs')
        .where('digest', '=', digest)
        .where('lease_until', '<=', now)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('repository_blobs')
                .select('repository_id')
                .whereRef('repository_blobs.digest', '=', 'blobs.digest'),
            ),
          ),
        )
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('deleted_image_blobs')
                .select('deletion_id')
                .whereRef('deleted_image_blobs.blob', '=', 'blobs.digest'),
            ),
          ),
        )
        .returning(['digest', 'size_bytes as sizeBytes', 'storage_key as storageKey'])
        .executeTakeFirst()
      if (collected !== undefined) await journal(db, collected.storageKey)

      // No link's lease outlives the blob's, so that one time is enough.
      const leased = await db
        .selectFrom('blobs')
        .select('lease_until')
        .where('digest', '=', digest)
        .where('lease_until', '>', now)
        .executeTakeFirst()
      await settleReview(db, digest, leased?.lease_until)
      return collected
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
  }
}

/** Leases the blobs of a deleted image, and makes them readable in its repository. */
export async function leaseBinned(db: Kysely<Schema>, id: DeletionId, leaseUntil: number): Promise<void> {
  const blobs = db.selectFrom('deleted_image_blobs').where('deletion_id', '=', id)
  await db
    .updateTable('blobs')
    .set({ lease_until: leaseUntil })
    .where('digest', 'in', blobs.select('blob'))
    .where('lease_until', '<', leaseUntil)
    .execute()
  await db
    .insertInto('repository_blobs')
    .columns(['repository_id', 'digest', 'lease_until'])
    .expression(
      blobs
        .innerJoin('deleted_images', 'deleted_images.id', 'deleted_image_blobs.deletion_id')
        .select(['repository_id', 'blob as digest', sql<number>`cast(${leaseUntil} as bigint)`.as('lease_until')]),
    )
    .onConflict(conflict =>
      conflict
        .columns(['repository_id', 'digest'])
        .doUpdateSet(({ ref }) => ({ lease_until: ref('excluded.lease_until') }))
        .whereRef('repository_blobs.lease_until', '<', 'excluded.lease_until'),
    )
    .execute()
  await queueReviews(db, blobs.select('blob as digest'), leaseUntil)
  const awaited = await blobs
    .innerJoin('deleted_images', 'deleted_images.id', 'deleted_image_blobs.deletion_id')
    .innerJoin('awaited_references', join =>
      join
        .onRef('awaited_references.repository_id', '=', 'deleted_images.repository_id')
        .onRef('awaited_references.digest', '=', 'deleted_image_blobs.blob'),
    )
    .select(['deleted_images.repository_id', 'blob'])
    .distinct()
    .execute()
  for (const { repository_id, blob } of awaited) await giveToWaiting(db, repository_id, blob, 'blob')
}
