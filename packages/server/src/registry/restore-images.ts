import type { Actor } from '../domain/actor.ts'
import type { ImageId } from '../domain/deletion.ts'
import type { Digest } from '../domain/digest.ts'
import { readStoredManifest } from '../domain/manifest.ts'
import type { Tag } from '../domain/names.ts'
import { RegistryError } from '../domain/problem.ts'
import type { BinRow, DeletionId, RepositoryId, RepositoryRow, Rows } from '../ports/metadata-store.ts'
import { recordDeeds } from './audit.ts'
import { type BinFailure, findBinned } from './bin.ts'
import { type RegistryContext, type RepositoryRef, words } from './context.ts'
import { sortReferences } from './references.ts'
import { readAgain, refTo } from './repository-ref.ts'

export interface RestoredImage {
  readonly digest: Digest
  /** Tags that lead to the image again. */
  readonly tags: readonly Tag[]
  /** Tags it had that another image has taken since; they stay there. */
  readonly taken: readonly { readonly tag: Tag; readonly digest: Digest }[]
}

/**
 * Brings deleted images back with their tags, in one transaction; what an index lists comes back with it.
 * An image that was pushed again meanwhile only gets its tags back.
 * @throws RegistryError `quotaExceeded`, and as `readAgain`
 */
export function restoreImages(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  ids: readonly ImageId[],
): Promise<{ restored: RestoredImage[]; failures: BinFailure[] }> {
  // They may have thousands of tags and references, and a restore is rare enough for not looking first.
  return context.metadata.transaction(rows => restoreInTransaction(context, rows, actor, repository, ids), {
    isLarge: true,
  })
}

async function restoreInTransaction(
  context: RegistryContext,
  rows: Rows,
  actor: Actor,
  repository: RepositoryRef,
  ids: readonly ImageId[],
): Promise<{ restored: RestoredImage[]; failures: BinFailure[] }> {
  const now = context.clock.now()
  const row = await readAgain(rows, repository)
  const { found, failures } = await findBinned(rows, row.id, ids, now)
  const restored: RestoredImage[] = []
  for (const binned of await childrenFirst(rows, row.id, found, now)) {
    const held = await rows.bin.restore(binned.id, now, now + context.blobLeaseMs)
    await addWhatCame(rows, binned)
    restored.push(restoredImage(binned, held))
  }
  await requireQuotas(context, rows, row, restored)
  const { accountId, name } = row
  await recordDeeds(
    rows,
    actor,
    now,
    restored.map(({ digest, tags }) => ({
      action: 'RestoreImage',
      ...{ accountId, repository: name, digest, detail: tags.length === 0 ? undefined : `tags: ${tags.join(', ')}` },
    })),
  )
  return { restored, failures }
}

/** Since the image was deleted more of what it names may have come, or may still come. */
async function addWhatCame(rows: Rows, { repositoryId, digest, mediaType }: BinRow): Promise<void> {
  const bytes = await rows.images.read(repositoryId, digest)
  const manifest = bytes && readStoredManifest(bytes, mediaType)
  if (manifest === undefined) return
  const held = (digests: readonly Digest[]) => rows.blobs.sizes(repositoryId, digests)
  const references = await sortReferences(rows, repositoryId, manifest, held)
  await rows.inventory.addReferences(repositoryId, digest, references)
}

function restoredImage({ digest, tags }: BinRow, held: RestoredImage['taken']): RestoredImage {
  const kept = new Set(held.map(({ tag }) => tag))
  return { digest, tags: tags.filter(tag => !kept.has(tag)), taken: held.filter(other => other.digest !== digest) }
}

/** A lower quota, or another push meanwhile, may leave no room. */
async function requireQuotas(
  { quotas: { imagesPerRepository, tagsPerImage } }: RegistryContext,
  rows: Rows,
  repository: RepositoryRow,
  restored: readonly RestoredImage[],
): Promise<void> {
  const overQuota = (quota: string, limit: number) =>
    new RegistryError({ kind: 'quotaExceeded', quota, limit, ...words(refTo(repository)) })
  if (((await rows.repositories.imageCount(repository.id)) ?? 0) > imagesPerRepository)
    throw overQuota('images', imagesPerRepository)
  for (const { digest, tags } of restored)
    if (tags.length > 0 && (await rows.images.countTags(repository.id, digest)) > tagsPerImage)
      throw overQuota('tags', tagsPerImage)
}

/** The rows and those of everything that they list and that is not live, each after its own children. */
async function childrenFirst(
  rows: Rows,
  repositoryId: RepositoryId,
  wanted: readonly BinRow[],
  now: number,
): Promise<BinRow[]> {
  // By deletion: of an image that was deleted twice, each may bring its own tags back.
  const ordered = new Map<DeletionId, BinRow>()
  const visit = async (row: BinRow): Promise<void> => {
    if (ordered.has(row.id)) return
    const children = await rows.bin.children(row.id)
    const live = await rows.images.existing(repositoryId, children)
    const binned = await rows.bin.newest(
      repositoryId,
      children.filter(child => !live.has(child)),
      now,
    )
    for (const child of binned) await visit(child)
    ordered.set(row.id, row)
  }
  for (const row of wanted) await visit(row)
  return [...ordered.values()]
}
