import { type Kysely, sql } from 'kysely'
import type { Digest } from '../../domain/digest.ts'
import type { Tag } from '../../domain/names.ts'
import type { DeletionId, RepositoryId } from '../../ports/rows/common.ts'
import { countImages } from './manifests.ts'
import { queueReviews } from './rows/blobs/reviews.ts'
import { giveToWaiting, resize } from './rows/images/references.ts'
import type { Schema } from './schema.ts'

/** Columns that a live manifest and a deleted one share. */
export const SHARED = [
  'repository_id',
  'digest',
  'media_type',
  'artifact_type',
  'config_media_type',
  'subject',
  'annotations',
  'size_bytes',
  'image_size_bytes',
  'pushed_at',
  'last_pulled_at',
] as const

/** What is brought back, and when. */
export interface Restoration {
  readonly id: DeletionId
  readonly at: number
  readonly leaseUntil: number
}

/**
 * The image with its blobs and references, in statements over sets: it may have tens of thousands of them. The bin kept
 * the blobs stored, not readable.
 */
export async function restoreImage(db: Kysely<Schema>, { id, leaseUntil }: Restoration): Promise<void> {
  await leaseBlobs(db, id, leaseUntil)
  const image = await db
    .selectFrom('deleted_images')
    .select(['repository_id', 'digest'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (image === undefined) return
  const { repository_id, digest } = image
  const isNew = await addManifest(db, id)
  await addReferencesOf(db, id, image)
  if (isNew) {
    await countImages(db, repository_id, 1)
    await giveToWaiting(db, repository_id, digest, 'manifest')
  } else await resize(db, repository_id, [digest])
}

/** False when the manifest is live already. */
async function addManifest(db: Kysely<Schema>, id: DeletionId): Promise<boolean> {
  const added = await db
    .insertInto('manifests')
    .columns(SHARED)
    .expression(db.selectFrom('deleted_images').select(SHARED).where('id', '=', id))
    .onConflict(conflict => conflict.columns(['repository_id', 'digest']).doNothing())
    .returning('digest')
    .executeTakeFirst()
  if (added === undefined) return false
  await db
    .insertInto('manifest_bytes')
    .columns(['repository_id', 'digest', 'bytes'])
    .expression(db.selectFrom('deleted_images').select(['repository_id', 'digest', 'bytes']).where('id', '=', id))
    .execute()
  return true
}

async function addReferencesOf(
  db: Kysely<Schema>,
  id: DeletionId,
  { repository_id, digest }: { readonly repository_id: RepositoryId; readonly digest: Digest },
): Promise<void> {
  const own = {
    repository: sql<RepositoryId>`cast(${repository_id} as bigint)`,
    digest: sql<Digest>`cast(${digest} as text)`,
  }
  await db
    .insertInto('manifest_blobs')
    .columns(['repository_id', 'manifest', 'blob'])
    .expression(
      db
        .selectFrom('deleted_image_blobs')
        .select([own.repository.as('repository_id'), own.digest.as('manifest'), 'blob'])
        .where('deletion_id', '=', id),
    )
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await db
    .insertInto('manifest_children')
    .columns(['repository_id', 'parent', 'child'])
    .expression(
      db
        .selectFrom('deleted_image_children')
        .select(['repository_id', own.digest.as('parent'), 'child'])
        .where('deletion_id', '=', id),
    )
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

async function leaseBlobs(db: Kysely<Schema>, id: DeletionId, leaseUntil: number): Promise<void> {
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

/** Points the image's tags at it that point nowhere; answers the others, in their byte order, with what holds them. */
export async function restoreTags(
  db: Kysely<Schema>,
  { id, at }: Restoration,
): Promise<{ tag: Tag; digest: Digest }[]> {
  const held = await db
    .selectFrom('deleted_image_tags')
    .innerJoin('tags', join =>
      join
        .onRef('tags.repository_id', '=', 'deleted_image_tags.repository_id')
        .onRef('tags.tag', '=', 'deleted_image_tags.tag'),
    )
    .select(['tags.tag', 'tags.digest'])
    .where('deletion_id', '=', id)
    .orderBy('deleted_image_tags.tag')
    .execute()
  await db
    .insertInto('tags')
    .columns(['repository_id', 'tag', 'digest', 'created_at'])
    .expression(
      db
        .selectFrom('deleted_image_tags')
        .innerJoin('deleted_images', 'deleted_images.id', 'deleted_image_tags.deletion_id')
        .select(['deleted_images.repository_id', 'tag', 'digest', sql<number>`cast(${at} as bigint)`.as('created_at')])
        .where('deletion_id', '=', id),
    )
    .onConflict(conflict => conflict.columns(['repository_id', 'tag']).doNothing())
    .execute()
  return held
}
