import { type Digest, isDigest } from '../../domain/digest.ts'
import type { ImagePath } from '../../domain/image-path.ts'
import { type ReferrerKind, referrerKind } from '../../domain/manifest/referrer-kind.ts'
import type { Reader } from '../../domain/may-read.ts'
import { isTag, type Tag } from '../../domain/names.ts'
import { GalleryError } from '../../domain/problem.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import type { ReferrerRow } from '../../ports/rows/images/references.ts'
import type { ConfigOutcome } from './facts-of-images.ts'
import { type DescriptorFacts, type ManifestFacts, objectOf, platformName, textOf } from './image-facts.ts'
import { type GalleryServices, requireReadable } from './services.ts'
import { newestMoves, type TagHistory } from './show-history.ts'
import { pullsOfTags } from './shown-pulls.ts'

export type ImageReference = { readonly tag: Tag } | { readonly digest: Digest }

const SHOWN = { tags: 20, parents: 10, referrers: 50 }
/** Annotations may fill a manifest. */
const REFERRERS_BYTES = 256 * 1024
const PREDICATE = 'dev.sigstore.bundle.predicateType'

/** An entry of an index, with its row where the repository has it. */
export interface Child {
  readonly descriptor: DescriptorFacts
  readonly row: ManifestRow | undefined
  /** As the index says it, or else the image's own configuration. */
  readonly platform: string | undefined
}

export interface Referrer {
  readonly row: ManifestRow
  readonly kind: ReferrerKind
}

export interface ImageView {
  readonly repository: ShownRepository
  readonly reference: ImageReference
  readonly image: ManifestRow
  readonly manifest: ManifestFacts
  /** The image's configuration; undefined where the manifest has none. */
  readonly config: ConfigOutcome | undefined
  readonly children: readonly Child[]
  readonly tags: readonly Tag[]
  readonly tagCount: number
  /** Indexes that list the image. */
  readonly parents: readonly Digest[]
  /** Manifests whose subject is the image. */
  readonly referrers: readonly Referrer[]
  readonly hasMoreReferrers: boolean
  /** Signatures, attestations and SBOMs under the tags that cosign gave them before there were referrers. */
  readonly attachedTags: readonly Tag[]
  /** The newest moves of the tag that was asked for; undefined where a digest was. */
  readonly history: TagHistory | undefined
  /**
   * When it was pulled last, and how often for the tag that was asked for. Undefined where the registry hides that.
   */
  readonly pulls: { readonly lastAt: number | undefined; readonly count: number | undefined } | undefined
}

/**
 * Everything that the page of an image shows. @throws RegistryError `repositoryNotFound`; GalleryError `imageUnknown`
 */
export async function showImage(
  services: GalleryServices,
  reader: Reader,
  path: ImagePath,
  reference: ImageReference,
  share: MemoryShare,
): Promise<ImageView> {
  const repository = await requireReadable(services, reader, path)
  const { rows } = services.context.metadata
  const digest = await resolve(rows, repository.id, reference)
  const [image] = digest === undefined ? [] : await rows.images.find(repository.id, [digest])
  const manifest = image && (await services.facts.manifest(image, share))
  if (image === undefined || manifest === undefined) throw imageUnknown(path, reference)
  const config = manifest.config && (await services.facts.config(repository.id, manifest.config, share))
  return {
    repository,
    reference,
    image,
    manifest,
    config,
    children: await findChildren(rows, repository.id, manifest),
    ...(await findAround(rows, repository.id, image.digest)),
    history: 'tag' in reference ? await newestMoves(services, repository.id, reference.tag) : undefined,
    pulls: repository.hidesPulls
      ? undefined
      : { lastAt: image.lastPulledAt, count: await pullsOf(services, repository, reference) },
  }
}

async function pullsOf(
  { context }: GalleryServices,
  repository: ShownRepository,
  reference: ImageReference,
): Promise<number | undefined> {
  if (!('tag' in reference)) return undefined
  return (await pullsOfTags(context, repository, [reference.tag])).get(reference.tag) ?? 0
}

async function resolve(rows: Rows, id: RepositoryId, reference: ImageReference): Promise<Digest | undefined> {
  if ('digest' in reference) return reference.digest
  return (await rows.tags.find(id, [reference.tag]))[0]?.digest
}

async function findChildren(rows: Rows, id: RepositoryId, { children }: ManifestFacts): Promise<Child[]> {
  const digests = children.items.flatMap(({ digest }) => (isDigest(digest) ? [digest] : []))
  const found = new Map<string, ManifestRow>()
  for (const row of await rows.images.find(id, [...new Set(digests)])) found.set(row.digest, row)
  const own: ReadonlyMap<string, string> = await rows.imageConfigs.platforms(id, [...new Set(digests)])
  return children.items.map(descriptor => ({
    descriptor,
    row: found.get(descriptor.digest),
    platform: descriptor.platform === undefined ? own.get(descriptor.digest) : platformName(descriptor.platform),
  }))
}

/** What leads to an image, and what belongs to it. */
async function findAround(rows: Rows, id: RepositoryId, digest: Digest) {
  const attached = cosignTags(digest)
  const page = { limit: SHOWN.referrers + 1, enoughBytes: REFERRERS_BYTES }
  const named = await rows.references.referrers(id, digest, page)
  const shown = named.slice(0, SHOWN.referrers).map(row => row.digest)
  // A page may end by the sizes before it ends by their number.
  const sizeBytes = named.reduce((sum, row) => sum + row.sizeBytes, 0)
  const predicates = new Map(named.map(row => [row.digest, predicateOf(row)]))
  const parents = await rows.references.parents(id, [digest], SHOWN.parents)
  return {
    tags: await rows.tags.firstOf(id, digest, SHOWN.tags),
    tagCount: await rows.tags.count(id, [digest]),
    parents: parents.slice(0, SHOWN.parents).map(({ parent }) => parent),
    referrers: (await rows.images.find(id, shown)).map(row => ({
      row,
      kind: referrerKind(row.artifactType, predicates.get(row.digest)),
    })),
    hasMoreReferrers: named.length > SHOWN.referrers || sizeBytes >= REFERRERS_BYTES,
    attachedTags: (await rows.tags.find(id, attached)).map(row => row.tag),
  }
}

/** A sigstore bundle that is an attestation says what of. */
function predicateOf({ annotations }: ReferrerRow): string | undefined {
  // Annotations may fill a manifest, and are JSON that was parsed before.
  if (annotations === undefined || !annotations.includes(PREDICATE)) return undefined
  return textOf(objectOf(JSON.parse(annotations))?.[PREDICATE])
}

/** `sha256-….sig` and the like. */
const cosignTags = (digest: Digest): Tag[] =>
  ['', '.sig', '.att', '.sbom'].map(ending => `${digest.replace(':', '-')}${ending}`).filter(isTag)

function imageUnknown({ alias, name }: ImagePath, reference: ImageReference): GalleryError {
  const text = 'tag' in reference ? reference.tag : reference.digest
  return new GalleryError({ kind: 'imageUnknown', reference: text, name, registryId: alias })
}
