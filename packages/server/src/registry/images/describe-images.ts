import type { Digest } from '../../domain/digest.ts'
import { type ImageRef, namedBy } from '../../domain/image-ref.ts'
import type { Tag } from '../../domain/names.ts'
import { ControlError } from '../../domain/problem.ts'
import type { MetadataStore, Rows } from '../../ports/metadata-store.ts'
import type { Page, RepositoryId } from '../../ports/rows/common.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import type { TagRow } from '../../ports/rows/images/tags.ts'
import { type RepositoryRef, words } from '../context.ts'
import { type PageOf, pageOf } from '../page.ts'

/** A live image and all its tags, in their byte order. */
export interface DescribedImage {
  readonly manifest: ManifestRow
  readonly tags: readonly Tag[]
}

/** A tag and the image it points to. */
export interface DescribedTag {
  readonly tag: TagRow
  readonly manifest: ManifestRow
}

/** The repository's images, sorted by digest. A page costs two index ranges, however many images there are. */
export async function listImages(
  { rows }: MetadataStore,
  repositoryId: RepositoryId,
  { after, limit }: Page<Digest>,
): Promise<PageOf<DescribedImage, Digest>> {
  const found = await rows.images.list(repositoryId, { after, limit: limit + 1 })
  const { items, next } = pageOf(found, limit, row => row.digest)
  return { items: await withTags(rows, repositoryId, items), next }
}

/** Whether all of the images are there, with as many tags as when they were read. */
export async function areImagesStill(
  { rows }: MetadataStore,
  repositoryId: RepositoryId,
  images: readonly DescribedImage[],
): Promise<boolean> {
  const digests = images.map(({ manifest }) => manifest.digest)
  const tags = images.reduce((sum, image) => sum + image.tags.length, 0)
  const existing = await rows.images.existing(repositoryId, digests)
  return existing.size === digests.length && (await rows.tags.count(repositoryId, digests)) === tags
}

/** Whether all of the tags are there, as when they were read. */
export async function areTagsStill(
  { rows }: MetadataStore,
  repositoryId: RepositoryId,
  tags: readonly DescribedTag[],
): Promise<boolean> {
  const found = await rows.tags.find(
    repositoryId,
    tags.map(({ tag }) => tag.tag),
  )
  return found.length === tags.length
}

/** The repository's tags in their order. A tag whose image was deleted while the page was read is left out. */
export async function listImageTags(
  { rows }: MetadataStore,
  repositoryId: RepositoryId,
  { after, limit }: Page<Tag>,
): Promise<PageOf<DescribedTag, Tag>> {
  const found = await rows.tags.list(repositoryId, { after, limit: limit + 1 })
  const { items, next } = pageOf(found, limit, row => row.tag)
  const manifests = await byDigest(
    rows,
    repositoryId,
    items.map(row => row.digest),
  )
  const described = items.flatMap(tag => {
    const manifest = manifests.get(tag.digest)
    return manifest === undefined ? [] : [{ tag, manifest }]
  })
  return { items: described, next }
}

/**
 * The images that `refs` name, each once, in the order of `refs`. A digest and a tag together name the image only
 * where the tag leads to it.
 * @throws ControlError `imageNotFound` for the first reference that names none
 */
export async function findImages(
  { rows }: MetadataStore,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
): Promise<DescribedImage[]> {
  const tags = await rows.tags.find(repository.id, namedBy(refs).tags)
  const pointsTo = new Map(tags.map(row => [row.tag, row.digest]))
  const digests = refs.map(({ digest, tag, foreign }) => {
    const found = tag === undefined ? digest : pointsTo.get(tag)
    return (digest ?? foreign ?? found) === found ? found : undefined
  })
  const manifests = await byDigest(
    rows,
    repository.id,
    digests.filter(digest => digest !== undefined),
  )
  const found = new Set<ManifestRow>()
  for (const [index, digest] of digests.entries()) {
    const manifest = digest && manifests.get(digest)
    if (manifest === undefined) throw notFound(repository, refs[index])
    found.add(manifest)
  }
  return withTags(rows, repository.id, [...found])
}

async function byDigest(
  rows: Rows,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<Map<Digest, ManifestRow>> {
  const found = await rows.images.find(repositoryId, [...new Set(digests)])
  return new Map(found.map(row => [row.digest, row]))
}

/** Each manifest with all its tags, in their byte order. */
export async function withTags(
  rows: Rows,
  repositoryId: RepositoryId,
  manifests: readonly ManifestRow[],
): Promise<DescribedImage[]> {
  const tags = new Map<Digest, Tag[]>(manifests.map(({ digest }) => [digest, []]))
  for (const row of await rows.tags.of(repositoryId, [...tags.keys()])) tags.get(row.digest)?.push(row.tag)
  return manifests.map(manifest => ({ manifest, tags: tags.get(manifest.digest) ?? [] }))
}

function notFound(repository: RepositoryRef, ref: ImageRef | undefined): ControlError {
  const digest = ref?.digest ?? ref?.foreign
  return new ControlError({ kind: 'imageNotFound', digest, tag: ref?.tag, ...words(repository) })
}
