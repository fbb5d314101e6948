import { type Digest, isDigest } from '../../domain/digest.ts'
import type { Tag } from '../../domain/names.ts'
import { namingPattern } from '../../domain/tag-patterns.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { ownTurn } from '../../runtime/own-turn.ts'
import { type DescriptorFacts, platformName } from './image-facts.ts'
import type { GalleryServices } from './services.ts'
import { describeTags, gatherTags, LATEST, type TagKey, type TagLine } from './tag-page.ts'

/** The lines on one page. Each may have lines of its own. */
const PAGE = 40
/** The most lines below one image. Behind them the page only tells that there are more. */
const BELOW_SHOWN = 6
const BELOW_READ = 500
/** How many images are looked through for one page of those without tags, and how many at a time. */
const LOOKED_THROUGH = 10_000
const BATCH = 1_000

/** What an index lists or what is attached to an image. It goes and stays with the image, and is no line of its own. */
export interface Below {
  readonly digest: string
  /** The platform or the type, as the documents say it. */
  readonly what: string
  readonly as: 'child' | 'attestation' | 'referrer'
  /** The size in bytes; undefined where the repository does not have the manifest. */
  readonly sizeBytes: number | undefined
}

export interface ManagedLine {
  readonly image: ManifestRow
  /** Undefined for an image without tags. */
  readonly tag: TagLine | undefined
  /** The owner's pattern that protects the tag. */
  readonly protectedBy: string | undefined
  readonly below: readonly Below[]
  readonly belowTotal: number
}

type Repository = Pick<RepositoryRow, 'id' | 'settings'>

/** One page of a repository's tags with their images, the newest first, for whoever may delete them. */
export async function listTagged(
  services: GalleryServices,
  repository: Repository,
  { filter, after }: { readonly filter: string; readonly after: TagKey | undefined },
  share: MemoryShare,
): Promise<{ lines: readonly ManagedLine[]; next: TagKey | undefined }> {
  const isFirst = after === undefined && filter === ''
  const latest = isFirst ? await services.context.metadata.rows.tags.find(repository.id, [LATEST]) : []
  const query = { order: 'newest', filter, after } as const
  const { rows, next } = await gatherTags(services, repository.id, query, PAGE - latest.length)
  // Whoever is here may know when images were pulled, and the page goes by the images for that.
  const lines = await describeTags(services, { id: repository.id, hidesPulls: true }, [...latest, ...rows], share)
  const patternOf = namingPattern(repository.settings.protectedTags)
  const below = await findBelow(
    services,
    repository.id,
    lines.map(line => line.image),
    share,
  )
  const shown = new Set<Digest>()
  const managed = lines.map((tag): ManagedLine => {
    const { image } = tag
    // Once for each image, below its first tag.
    const own = shown.has(image.digest) ? [] : (below.get(image.digest) ?? [])
    shown.add(image.digest)
    return { image, tag, protectedBy: patternOf(tag.tag), below: own.slice(0, BELOW_SHOWN), belowTotal: own.length }
  })
  return { lines: managed, next }
}

/** One page of the images that have no tag, that no index lists, and that are attached to nothing. By digest. */
export async function listUntagged(
  services: GalleryServices,
  { id }: Repository,
  after: Digest | undefined,
  share: MemoryShare,
): Promise<{ lines: readonly ManagedLine[]; next: Digest | undefined }> {
  const { digests, next } = await gatherUntagged(services, id, after, PAGE)
  const images = await services.context.metadata.rows.images.find(id, digests)
  const below = await findBelow(services, id, images, share)
  const lines = images.map((image): ManagedLine => {
    const own = below.get(image.digest) ?? []
    return {
      image,
      tag: undefined,
      protectedBy: undefined,
      below: own.slice(0, BELOW_SHOWN),
      belowTotal: own.length,
    }
  })
  return { lines, next }
}

/** The first of those images behind a digest, at most `limit`. A page may end before it is full. */
async function gatherUntagged(
  { context }: GalleryServices,
  id: RepositoryId,
  after: Digest | undefined,
  limit: number,
): Promise<{ digests: Digest[]; next: Digest | undefined }> {
  const { rows } = context.metadata
  const found: Digest[] = []
  let from = after
  for (let looked = 0; looked < LOOKED_THROUGH; looked += BATCH) {
    if (looked > 0) await ownTurn()
    const batch = await rows.images.list(id, { after: from, limit: BATCH })
    const digests = batch.map(row => row.digest)
    const tagged = await rows.belongings.tagged(id, digests)
    const listed = new Set((await rows.references.parents(id, digests, 1)).map(pair => pair.child))
    const subjects = batch.flatMap(({ subject }) => (subject !== undefined && isDigest(subject) ? [subject] : []))
    const live: ReadonlySet<string> = await rows.images.existing(id, [...new Set(subjects)])
    for (const { digest, subject } of batch) {
      if (tagged.has(digest) || listed.has(digest) || (subject !== undefined && live.has(subject))) continue
      if (found.length === limit) return { digests: found, next: found.at(-1) }
      found.push(digest)
    }
    if (batch.length < BATCH) return { digests: found, next: undefined }
    from = digests.at(-1)
  }
  return { digests: found, next: from }
}

/** What stands for one selection of all: at most so many, so that one more tells that there are too many. */
export async function selectAll(
  services: GalleryServices,
  { id }: Repository,
  { filter, isUntagged }: { readonly filter: string; readonly isUntagged: boolean },
  most: number,
): Promise<(Tag | Digest)[]> {
  const all: (Tag | Digest)[] = []
  if (!isUntagged && filter === '')
    all.push(...(await services.context.metadata.rows.tags.find(id, [LATEST])).map(row => row.tag))
  let [tagAt, digestAt]: [TagKey | undefined, Digest | undefined] = [undefined, undefined]
  do {
    await ownTurn()
    if (isUntagged) {
      const { digests, next } = await gatherUntagged(services, id, digestAt, BATCH)
      all.push(...digests)
      digestAt = next
    } else {
      const { rows, next } = await gatherTags(services, id, { order: 'newest', filter, after: tagAt }, BATCH)
      all.push(...rows.map(row => row.tag))
      tagAt = next
    }
  } while (all.length <= most && (tagAt ?? digestAt) !== undefined)
  return all
}

/** What is listed below each image: the children of indexes, their attestations, and what is attached to either. */
async function findBelow(
  { context, facts }: GalleryServices,
  id: RepositoryId,
  images: readonly ManifestRow[],
  share: MemoryShare,
): Promise<Map<Digest, Below[]>> {
  const { rows } = context.metadata
  const distinct = new Map(images.map(image => [image.digest, image]))
  const listed = new Map<Digest, readonly DescriptorFacts[]>()
  for (const image of distinct.values()) {
    const manifest = image.configMediaType === undefined ? await facts.manifest(image, share) : undefined
    if (manifest?.kind === 'index') listed.set(image.digest, manifest.children.items)
  }
  const children = [...listed.values()].flat().flatMap(({ digest }) => (isDigest(digest) ? [digest] : []))
  const hosts = [...new Set([...distinct.keys(), ...children])].slice(0, BELOW_READ)
  const attached = await rows.belongings.attached(id, hosts, BELOW_READ)
  const wanted = [...new Set([...children, ...attached.map(each => each.digest)])].slice(0, 2 * BELOW_READ)
  const found = new Map<string, ManifestRow>((await rows.images.find(id, wanted)).map(row => [row.digest, row]))
  const attachedTo = (host: string): Below[] =>
    attached
      .filter(each => each.of === host)
      .map(({ digest }) => ({
        digest,
        as: 'referrer',
        what: found.get(digest)?.artifactType ?? 'no type',
        sizeBytes: found.get(digest)?.imageSizeBytes,
      }))
  const childOf = ({ digest, platform, artifactType, mediaType, attestationOf }: DescriptorFacts): Below => ({
    digest,
    as: attestationOf === undefined ? 'child' : 'attestation',
    what: platform === undefined ? (artifactType ?? mediaType) : platformName(platform),
    sizeBytes: found.get(digest)?.imageSizeBytes,
  })
  return new Map(
    Array.from(distinct.keys(), digest => {
      const own = (listed.get(digest) ?? []).flatMap(child => [childOf(child), ...attachedTo(child.digest)])
      return [digest, [...own, ...attachedTo(digest)]]
    }),
  )
}
