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
  return context.metadata.transaction(async rows => {
    const now = context.clock.now()
    const row = await readAgain(rows, repository)
    const { found, failures } = await findBinned(rows, row.id, ids, now)
    const restored: RestoredImage[] = []
    for (const binned of await childrenFirst(rows, row.id, found, now)) {
      await makeLive(rows, binned, now, now + context.blobLeaseMs)
      restored.push({ digest: binned.digest, ...(await giveTags(rows, binned, now)) })
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
  })
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
    const children = (await rows.bin.read(row.id))?.references.children ?? []
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

async function makeLive(rows: Rows, { id, repositoryId }: BinRow, now: number, leaseUntil: number): Promise<void> {
  const image = await rows.bin.read(id)
  if (image === undefined) return
  // The bin kept the blobs stored, not readable.
  for (const blob of image.references.blobs) await rows.blobs.link(repositoryId, blob, leaseUntil)
  await rows.images.put(image.row, image.bytes, image.references)
  // Meanwhile more of what it names may have come, or may still come.
  const manifest = readStoredManifest(image.bytes, image.row.mediaType)
  if (manifest !== undefined) {
    const held = (digests: readonly Digest[]) => rows.blobs.sizes(repositoryId, digests)
    const references = await sortReferences(rows, repositoryId, manifest, held)
    await rows.inventory.addReferences(repositoryId, image.row.digest, references)
  }
  await rows.bin.remove([id], now)
}

async function giveTags(
  rows: Rows,
  { repositoryId, digest, tags }: BinRow,
  now: number,
): Promise<Omit<RestoredImage, 'digest'>> {
  const held = new Map((await rows.images.findTags(repositoryId, tags)).map(row => [row.tag, row.digest]))
  const free = tags.filter(tag => !held.has(tag))
  for (const tag of free) await rows.images.putTag({ repositoryId, tag, digest, createdAt: now })
  const taken = [...held].filter(([, holder]) => holder !== digest)
  return { tags: free, taken: taken.map(([tag, holder]) => ({ tag, digest: holder })) }
}
