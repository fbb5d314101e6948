import { type Kysely, sql } from 'kysely'
import type { Digest } from '../../domain/digest.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import { chunksOf } from './chunks.ts'
import type { Schema } from './schema.ts'

/** Computes the sizes of images anew, and those of the indexes that list them (ECR Public, ImageDetail). */
export async function resize(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<void> {
  const blobs = sql<number>`(select cast(coalesce(sum(blobs.size_bytes), 0) as bigint) from manifest_blobs
    join blobs on blobs.digest = manifest_blobs.blob
    where manifest_blobs.repository_id = manifests.repository_id and manifest_blobs.manifest = manifests.digest)`
  const children = sql<number>`(select coalesce(max(child.image_size_bytes), 0) from manifest_children
    join manifests as child on child.repository_id = manifest_children.repository_id
      and child.digest = manifest_children.child
    where manifest_children.repository_id = manifests.repository_id and manifest_children.parent = manifests.digest)`
  const size = sql<number>`(case when ${blobs} > ${children} then ${blobs} else ${children} end)`
  for (let level = digests; level.length > 0; ) {
    const above = new Set<Digest>()
    for (const chunk of chunksOf(level)) {
      const changed = await db
        .updateTable('manifests')
        .set({ image_size_bytes: size })
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', chunk)
        .where(sql<boolean>`image_size_bytes <> ${size}`)
        .returning('digest')
        .execute()
      if (changed.length === 0) continue
      const parents = await db
        .selectFrom('manifest_children')
        .select('parent')
        .distinct()
        .where('repository_id', '=', repositoryId)
        .where(
          'child',
          'in',
          changed.map(row => row.digest),
        )
        .execute()
      for (const { parent } of parents) above.add(parent)
    }
    level = [...above]
  }
}
