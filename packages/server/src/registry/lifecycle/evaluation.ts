import { type Expiry, evaluateLifecycle, type LifecycleImage, type LifecyclePolicy } from '@berth/lifecycle'
import { withoutProtected } from '../../domain/deletion.ts'
import type { Digest } from '../../domain/digest.ts'
import { groupBy } from '../../domain/group-by.ts'
import { tagMatcher } from '../../domain/tag-patterns.ts'
import type { MetadataStore, Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { listImages } from '../images/describe-images.ts'
import { Turns } from '../pace.ts'

const PAGE = 1000

/** How many milliseconds after its push an artifact that outlived its subject goes by itself. */
const ALONE_MS = 24 * 60 * 60 * 1000

/** An image that rules would take, by the names of the rows. */
export interface ExpiringImage extends Expiry {
  readonly digest: Digest
  readonly subject?: Digest | undefined
  /** Whether the image goes because its subject went long before. */
  readonly isAlone: boolean
}

/**
 * The images that a policy would take from a repository at `now`: an index before what it lists, a subject before what
 * is attached to it. Protected images stay, with what they list and what is attached to them. An artifact whose subject
 * is gone goes, too.
 */
export async function findExpiring(
  metadata: MetadataStore,
  repository: RepositoryRow,
  policy: LifecyclePolicy,
  now: number,
): Promise<ExpiringImage[]> {
  return expiringOf(await readForRules(metadata, repository, now), repository, policy, now)
}

/** Reads all images of a repository as rules look at them. */
export async function readForRules(
  metadata: MetadataStore,
  repository: RepositoryRow,
  now: number,
): Promise<LifecycleImage[]> {
  return withOutlived(metadata, repository, await imagesOf(metadata, repository), now)
}

/** Evaluates the rules for what `readForRules` read, and reads nothing more. */
export function expiringOf(
  images: readonly LifecycleImage[],
  repository: RepositoryRow,
  policy: LifecyclePolicy,
  now: number,
): ExpiringImage[] {
  const isProtected = tagMatcher(repository.settings.protectedTags)
  const parents = new Map(images.map(image => [image.digest, image.parents ?? []]))
  const expiries = evaluateLifecycle(policy, images, now).map(
    expiry => ({ ...expiry, isAlone: expiry.subject !== undefined && !parents.has(expiry.subject) }) as ExpiringImage,
  )
  return withoutProtected(expiries, parents, isProtected)
}

/**
 * Marks the artifacts that may go by themselves: their subject was once there, cannot be restored any more, and they
 * are no part of a push that is still under way.
 */
async function withOutlived(
  { rows }: MetadataStore,
  { id }: RepositoryRow,
  images: readonly LifecycleImage[],
  now: number,
): Promise<LifecycleImage[]> {
  const live = new Set(images.map(image => image.digest))
  const isOld = ({ tags, subject, pushedAt }: LifecycleImage) =>
    tags.length === 0 && subject !== undefined && !live.has(subject) && now - pushedAt > ALONE_MS
  const subjects = new Set(images.filter(isOld).map(image => image.subject as Digest))
  const gone = await outlived(rows, id, [...subjects])
  return images.map(image =>
    isOld(image) && gone.has(image.subject as Digest) ? { ...image, outlivedSubject: true } : image,
  )
}

/** The subjects that were once in the repository, and are neither live nor in its bin now. */
export async function outlived(rows: Rows, id: RepositoryId, subjects: readonly Digest[]): Promise<Set<Digest>> {
  const departed = await rows.departures.find(id, subjects)
  const live = await rows.images.existing(id, [...departed])
  // Deletions count whatever their time is, as long as they are in the bin at all.
  const binned = await rows.restorable.deletions(id, [...departed], 0)
  for (const digest of [...live, ...binned.map(row => row.digest)]) departed.delete(digest)
  return departed
}

async function imagesOf(metadata: MetadataStore, { id }: RepositoryRow): Promise<LifecycleImage[]> {
  const images: LifecycleImage[] = []
  const turns = new Turns()
  for (let after: Digest | undefined; ; ) {
    const { items, next } = await listImages(metadata, id, { after, limit: PAGE })
    const digests = items.map(({ manifest }) => manifest.digest)
    const parents = groupBy(
      await metadata.rows.references.parents(id, digests),
      ({ child }) => child,
      ({ parent }) => parent,
    )
    for (const { manifest, tags } of items) {
      const { digest, pushedAt, lastPulledAt, subject } = manifest
      images.push({ digest, tags, pushedAt, lastPulledAt, subject, parents: parents.get(digest) ?? [] })
    }
    if (next === undefined) return images
    after = next
    // Requests are served between two pages of a large repository.
    await turns.pass()
  }
}
