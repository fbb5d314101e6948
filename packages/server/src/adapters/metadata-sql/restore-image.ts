import type { Kysely } from 'kysely'
import type { DeletionId } from '../../ports/rows/common.ts'
import { countImages } from './counters.ts'
import { resize } from './image-sizes.ts'
import { giveToWaiting, restoreReferences } from './record-references.ts'
import { leaseBinned } from './rows/blobs/blobs.ts'
import { restoreManifest } from './rows/images/images.ts'
import type { Schema } from './schema.ts'

/** The image that is brought back, and when. */
export interface Restoration {
  readonly id: DeletionId
  readonly at: number
  readonly leaseUntil: number
}

/**
 * Brings an image back with its blobs and references, in statements over sets: it may have tens of thousands of them.
 * The bin kept the blobs stored, not readable.
 */
export async function restoreImage(db: Kysely<Schema>, { id, leaseUntil }: Restoration): Promise<void> {
  await leaseBinned(db, id, leaseUntil)
  const image = await db
    .selectFrom('deleted_images')
    .select(['repository_id', 'digest'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (image === undefined) return
  const { repository_id, digest } = image
  const isNew = await restoreManifest(db, id)
  await restoreReferences(db, id, image)
  if (isNew) {
    await countImages(db, repository_id, 1)
    await giveToWaiting(db, repository_id, digest, 'manifest')
  } else await resize(db, repository_id, [digest])
}
