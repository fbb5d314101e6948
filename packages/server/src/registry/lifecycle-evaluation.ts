import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Expiry, evaluateLifecycle, type LifecycleImage, type LifecyclePolicy } from '@berth/lifecycle'
import type { Digest } from '../domain/digest.ts'
import { groupBy } from '../domain/group-by.ts'
import { tagMatcher } from '../domain/tag-patterns.ts'
import type { MetadataStore, RepositoryRow } from '../ports/metadata-store.ts'
import { listImages } from './describe-images.ts'

const PAGE = 1000

/** An image that rules would take, named as the rows name it. */
export interface ExpiringImage extends Expiry {
  readonly digest: Digest
}

/**
 * What a policy would take from a repository at `now`, an index before what it lists. Protected images stay, and
 * with them what they list.
 */
export async function findExpiring(
  metadata: MetadataStore,
  repository: RepositoryRow,
  policy: LifecyclePolicy,
  now: number,
): Promise<ExpiringImage[]> {
  const images = await imagesOf(metadata, repository)
  const isProtected = tagMatcher(repository.settings.protectedTags)
  const parents = new Map(images.map(image => [image.digest, image.parents ?? []]))
  const stays = new Set<string>()
  return (evaluateLifecycle(policy, images, now) as ExpiringImage[]).filter(({ digest, tags }) => {
    // An index comes before what it lists, so that whether it stays is known by then.
    const isKept = tags.some(isProtected) || (parents.get(digest) ?? []).some(parent => stays.has(parent))
    if (isKept) stays.add(digest)
    return !isKept
  })
}

async function imagesOf(metadata: MetadataStore, { id }: RepositoryRow): Promise<LifecycleImage[]> {
  const images: LifecycleImage[] = []
  for (let after: Digest | undefined; ; ) {
    const { items, next } = await listImages(metadata, id, { after, limit: PAGE })
    const digests = items.map(({ manifest }) => manifest.digest)
    const parents = groupBy(
      await metadata.rows.images.parents(id, digests),
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
    await nextTurn()
  }
}
