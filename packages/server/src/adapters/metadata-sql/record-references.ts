import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Digest } from '../../domain/digest.ts'
import type { DeletionId, RepositoryId } from '../../ports/rows/common.ts'
import type { ManifestReferences } from '../../ports/rows/images/images.ts'
import { chunksOf } from './chunks.ts'
import { resize } from './image-sizes.ts'
import type { Schema } from './schema.ts'

/** How many manifests at a time are given what they waited for. */
const WAITING = 200

/** Adds references of a live manifest to those that are recorded. */
export async function addReferences(
  db: Kysely<Schema>,
  repository_id: RepositoryId,
  manifest: Digest,
  { blobs, children, awaited }: ManifestReferences,
): Promise<void> {
  for (const chunk of chunksOf([...new Set(blobs)])) {
    await db
      .insertInto('manifest_blobs')
      .values(chunk.map(blob => ({ repository_id, manifest, blob })))
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }
  for (const chunk of chunksOf([...new Set(children)])) {
    await db
      .insertInto('manifest_children')
      .values(chunk.map(child => ({ repository_id, parent: manifest, child })))
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }
  const waiting = [
    ...[...new Set(awaited?.blobs)].map(digest => ({ digest, is_child: 0 as const })),
    ...[...new Set(awaited?.children)].map(digest => ({ digest, is_child: 1 as const })),
  ]
  for (const chunk of chunksOf(waiting)) {
    await db
      .insertInto('awaited_references')
      .values(chunk.map(row => ({ repository_id, manifest, ...row })))
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }
}

/** As `addReferences`, for references that are mostly there already: it looks first. Sizes follow. */
export async function addMissing(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  manifest: Digest,
  references: ManifestReferences,
): Promise<void> {
  const recorded = await recordedReferences(db, repositoryId, manifest)
  const [blobs, children] = [new Set(recorded.blobs), new Set(recorded.children)]
  const missing = {
    blobs: references.blobs.filter(blob => !blobs.has(blob)),
    children: references.children.filter(child => !children.has(child)),
    awaited: references.awaited,
  }
  await addReferences(db, repositoryId, manifest, missing)
  if (missing.blobs.length + missing.children.length > 0) await resize(db, repositoryId, [manifest])
}

/** The recorded references of the manifest, without those that it awaits. */
export async function recordedReferences(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  manifest: Digest,
): Promise<ManifestReferences> {
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
}

/**
 * Records what has come to the repository for the manifests that named it before. An entry of an index may be a blob,
 * and is awaited as a manifest all the same.
 */
export async function giveToWaiting(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  digest: Digest,
  kind: 'blob' | 'manifest',
): Promise<void> {
  for (let after = ''; ; ) {
    let waiting = db
      .selectFrom('awaited_references')
      .select('manifest')
      .distinct()
      .where('repository_id', '=', repositoryId)
      .where('digest', '=', digest)
      .where('manifest', '>', after as Digest)
    if (kind === 'manifest') waiting = waiting.where('is_child', '=', 1)
    const page = await waiting.orderBy('manifest').limit(WAITING).execute()
    const last = page.at(-1)
    if (last === undefined) return
    const manifests = page.map(row => row.manifest)
    await give(db, { repositoryId, digest, kind, manifests })
    await resize(db, repositoryId, manifests)
    if (page.length < WAITING) return
    after = last.manifest
    // SQLite works on this thread: pulls are served between two pages of many.
    await nextTurn()
  }
}

interface Gift {
  readonly repositoryId: RepositoryId
  readonly digest: Digest
  readonly kind: 'blob' | 'manifest'
  readonly manifests: readonly Digest[]
}

async function give(db: Kysely<Schema>, { repositoryId: repository_id, digest, kind, manifests }: Gift): Promise<void> {
  if (kind === 'blob') {
    await db
      .insertInto('manifest_blobs')
      .values(manifests.map(manifest => ({ repository_id, manifest, blob: digest })))
      .onConflict(conflict => conflict.doNothing())
      .execute()
  } else {
    await db
      .insertInto('manifest_children')
      .values(manifests.map(parent => ({ repository_id, parent, child: digest })))
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }
  await db
    .deleteFrom('awaited_references')
    .where('repository_id', '=', repository_id)
    .where('digest', '=', digest)
    .where('is_child', '=', kind === 'blob' ? 0 : 1)
    .where('manifest', 'in', manifests)
    .execute()
}

/** Deletes the references of manifests that are about to go, and what those await. */
export async function deleteReferences(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  manifests: readonly Digest[],
): Promise<void> {
  await db
    .deleteFrom('manifest_blobs')
    .where('repository_id', '=', repositoryId)
    .where('manifest', 'in', manifests)
    .execute()
  await db
    .deleteFrom('manifest_children')
    .where('repository_id', '=', repositoryId)
    .where('parent', 'in', manifests)
    .execute()
}

/** Records the references of a deleted image that comes back, beside those of the live one. */
export async function restoreReferences(
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
