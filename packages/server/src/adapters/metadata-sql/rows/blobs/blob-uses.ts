import { type Kysely, sql } from 'kysely'
import type { BlobUseRows } from '../../../../ports/rows/blobs/blob-uses.ts'
import { readInChunks, readUpTo } from '../../chunks.ts'
import type { Schema } from '../../schema.ts'

export function blobUseRows(db: Kysely<Schema>): BlobUseRows {
  return {
    of: (repositoryId, manifests, limit) =>
      readUpTo(manifests, limit, (chunk, left) =>
        db
          .selectFrom('manifest_blobs')
          .select(['manifest', 'blob'])
          .where('repository_id', '=', repositoryId)
          .where('manifest', 'in', chunk)
          .orderBy('manifest')
          .orderBy('blob')
          .limit(left)
          .execute(),
      ),

    async leased(repositoryId, digests, leaseUntil) {
      const found = await readInChunks(digests, chunk =>
        db
          .selectFrom('repository_blobs')
          .innerJoin('blobs', 'blobs.digest', 'repository_blobs.digest')
          .select('blobs.digest')
          .where('repository_blobs.repository_id', '=', repositoryId)
          .where('repository_blobs.digest', 'in', chunk)
          .where('repository_blobs.lease_until', '>=', leaseUntil)
          .where('blobs.lease_until', '>=', leaseUntil)
          .where('blobs.damaged_at', 'is', null)
          .execute(),
      )
      return new Set(found.map(row => row.digest))
    },

    async count(blobs, limit) {
      const found = await readInChunks(blobs, chunk =>
        db
          .selectFrom('blobs')
          .select(['digest', 'size_bytes as sizeBytes', 'lease_until as leaseUntil'])
          .select(({ selectFrom }) => [
            selectFrom(({ selectFrom }) =>
              selectFrom('repository_blobs')
                .innerJoin('manifest_blobs', join =>
                  join
                    .onRef('manifest_blobs.repository_id', '=', 'repository_blobs.repository_id')
                    .onRef('manifest_blobs.blob', '=', 'repository_blobs.digest'),
                )
                .select('manifest_blobs.manifest')
                .whereRef('repository_blobs.digest', '=', 'blobs.digest')
                .limit(sql.val(limit))
                .as('page'),
            )
              .select(({ fn }) => fn.countAll<number>().as('count'))
              .as('manifests'),
            selectFrom('deleted_image_blobs')
              .select('deleted_image_blobs.deletion_id')
              .whereRef('deleted_image_blobs.blob', '=', 'blobs.digest')
              .limit(1)
              .as('binned'),
          ])
          .where('blobs.digest', 'in', chunk)
          .execute(),
      )
      return found.map(({ digest, sizeBytes, leaseUntil, manifests, binned }) => ({
        digest,
        sizeBytes,
        leaseUntil,
        manifests: Number(manifests),
        isBinned: binned !== null,
      }))
    },
  }
}
