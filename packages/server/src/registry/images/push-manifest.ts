import type { Actor } from '../../domain/actor.ts'
import { type AnyDigest, algorithmOf, type Digest, digestOf } from '../../domain/digest.ts'
import { type Manifest, parseManifest } from '../../domain/manifest/manifest.ts'
import type { Tag } from '../../domain/names.ts'
import type { Precondition } from '../../domain/precondition.ts'
import { RegistryError } from '../../domain/problem.ts'
import { tagMatcher } from '../../domain/tag-patterns.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { ManifestReferences, ManifestRow } from '../../ports/rows/images/images.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { requireRoom, requireRoomIn } from '../access/account-quotas.ts'
import { recordDeeds } from '../audit.ts'
import { type RegistryContext, type RepositoryRef, words } from '../context.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { sortReferences } from './references.ts'
import { requireCondition } from './require-condition.ts'
import { recordTagMoves } from './tag-history.ts'

export interface ManifestPush {
  readonly repository: RepositoryRef
  /** The manifest's bytes, which are stored and served exactly so. */
  readonly bytes: Buffer
  /** The media type that the manifest was sent with, if any. Its parameters are ignored. */
  readonly contentType: string | undefined
  /** The digest that the caller gives, if any. */
  readonly digest?: Digest | undefined
  readonly tags: readonly Tag[]
  /** The condition that must hold of the digest, where one is given, or else of the tags. */
  readonly precondition?: Precondition | undefined
}

export interface PushedManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly subject: AnyDigest | undefined
  /** False when the repository held the manifest before, and each tag pointed to it. */
  readonly changed: boolean
}

/**
 * Checks a manifest and makes it live, with its tags. Its references are checked in the transaction that stores it, so
 * that no collector or deletion can come between. A tag that it takes from another image is recorded.
 * @throws RegistryError `manifestInvalid`, `manifestTooLarge`, `imageDigestMismatch`, `manifestBlobsUnknown`,
 * `manifestChildrenUnknown`, `preconditionFailed`, `imageTagImmutable`, `quotaExceeded`, `accountQuotaExceeded`, and
 * as `readAgain`
 */
export async function pushManifest(
  context: RegistryContext,
  actor: Actor,
  push: ManifestPush,
): Promise<PushedManifest> {
  const { repository, bytes, tags } = push
  const manifest = parseManifest(bytes, push.contentType)
  const digest = digestOf(manifest.digestedBytes, push.digest === undefined ? 'sha256' : algorithmOf(push.digest))
  if (push.digest !== undefined && push.digest !== digest)
    throw new RegistryError({ kind: 'imageDigestMismatch', digest: push.digest, ...words(repository) })

  await requireRoom(context, repository, 'bytes', 'audit')
  const now = context.clock.now()
  const store = async (rows: Rows): Promise<boolean> => {
    const row = await readAgain(rows, repository)
    await requireRoomIn(rows, context, row, 'bytes', 'audit')
    const target = push.digest === undefined ? { tags } : { digest: push.digest }
    await requireCondition(rows, repository.id, target, push.precondition)
    const { references, imageSizeBytes } = await resolveReferences(rows, repository, manifest)
    const isNew = await rows.images.put(
      {
        repositoryId: repository.id,
        digest,
        mediaType: manifest.mediaType,
        artifactType: manifest.artifactType,
        configMediaType: manifest.configMediaType,
        subject: manifest.subject,
        annotations: manifest.annotations,
        sizeBytes: bytes.length,
        imageSizeBytes,
        pushedAt: now,
      },
      bytes,
      references,
    )
    const { imagesPerRepository, tagsPerImage } = context.quotas
    if (isNew && row.imageCount >= imagesPerRepository) throw overQuota('images', imagesPerRepository, repository)
    const moved = await pointTags(context, rows, actor, row, repository, digest, tags, now)
    if (moved > 0 && (await rows.tags.count(repository.id, [digest])) > tagsPerImage)
      throw overQuota('tags', tagsPerImage, repository)
    return isNew || moved > 0
  }
  const isLarge = manifest.blobs.length + manifest.children.length + tags.length > LARGE || bytes.length > LARGE_BYTES
  const changed = await context.metadata.transaction(store, { isLarge })
  if (changed) context.pushed?.tell()
  return { digest, mediaType: manifest.mediaType, subject: manifest.subject, changed }
}

/** From how many references and tags on a push is large: so many take some ten milliseconds to write. */
const LARGE = 500
/** From how many bytes on a sync may take longer. */
const LARGE_BYTES = 256 * 1024

async function resolveReferences(
  rows: Rows,
  repository: RepositoryRef,
  manifest: Manifest,
): Promise<{ references: ManifestReferences; imageSizeBytes: number }> {
  let sizes = new Map<Digest, number>()
  let children: readonly ManifestRow[] = []
  const references = await sortReferences(rows, repository.id, manifest, {
    heldBlobs: async digests => {
      sizes = await rows.blobs.sizes(repository.id, digests)
      return sizes
    },
    liveManifests: async digests => {
      children = await rows.images.find(repository.id, digests)
      return new Set(children.map(({ digest }) => digest))
    },
  })
  const isIndex = manifest.kind === 'index'
  const missingBlobs = [...references.missingBlobs, ...(isIndex ? [] : manifest.foreign)]
  const missingChildren = [...references.missingChildren, ...(isIndex ? manifest.foreign : [])]
  if (missingBlobs.length > 0)
    throw new RegistryError({ kind: 'manifestBlobsUnknown', digests: missingBlobs, ...words(repository) })
  if (missingChildren.length > 0)
    throw new RegistryError({ kind: 'manifestChildrenUnknown', digests: missingChildren, ...words(repository) })

  const bytesOfBlobs = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const largestChild = children.reduce((largest, child) => Math.max(largest, child.imageSizeBytes), 0)
  return { references, imageSizeBytes: Math.max(largestChild, bytesOfBlobs) }
}

/** Counts the tags that did not point to the digest before. */
async function pointTags(
  context: RegistryContext,
  rows: Rows,
  actor: Actor,
  row: RepositoryRow,
  repository: RepositoryRef,
  digest: Digest,
  tags: readonly Tag[],
  now: number,
): Promise<number> {
  const before = new Map((await rows.tags.find(repository.id, tags)).map(row => [row.tag, row.digest]))
  const moving = [...new Set(tags)].filter(tag => before.get(tag) !== digest)
  const { settings, accountId, name } = row
  const isImmutable = tagMatcher(settings.immutableTags)
  for (const tag of moving) {
    const holder = before.get(tag)
    if (holder !== undefined && isImmutable(tag))
      throw new RegistryError({ kind: 'imageTagImmutable', tag, digest: holder, ...words(repository) })
  }
  await rows.tags.put(moving.map(tag => ({ repositoryId: repository.id, tag, digest, createdAt: now })))
  const moves = moving.map(tag => ({ tag, from: before.get(tag), to: digest }))
  await recordTagMoves(context, rows, actor, row, moves, now)
  const taken = moving.filter(tag => before.has(tag))
  await recordDeeds(
    rows,
    actor,
    now,
    taken.map(tag => ({
      action: 'OverwriteTag',
      accountId,
      repository: name,
      digest,
      tag,
      detail: `it was at ${before.get(tag)}`,
    })),
  )
  return moving.length
}

function overQuota(quota: string, limit: number, repository: RepositoryRef): RegistryError {
  return new RegistryError({ kind: 'quotaExceeded', quota, limit, ...words(repository) })
}
