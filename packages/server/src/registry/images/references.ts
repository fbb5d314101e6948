import type { Digest } from '../../domain/digest.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ManifestReferences } from '../../ports/rows/images/images.ts'

/** The names in a manifest, sorted by what its repository has now. */
export interface SortedReferences extends ManifestReferences {
  /** Blobs that the manifest needs and the repository lacks. */
  readonly missingBlobs: readonly Digest[]
  /** Entries of an index that the manifest needs and the repository lacks. */
  readonly missingChildren: readonly Digest[]
}

type LookUp = (digests: readonly Digest[]) => Promise<{ has(digest: Digest): boolean }>

export interface LookUps {
  readonly heldBlobs: LookUp
  /** The manifests of the repository, for a caller that wants more of them than whether they are there. */
  readonly liveManifests?: LookUp
}

/**
 * Sorts the names of a manifest into what its repository holds, live manifests and those of `heldBlobs`, and what it
 * lacks.
 * An entry of an index that is no manifest of the repository may be a blob: build caches are indexes of blobs.
 */
export async function sortReferences(
  rows: Rows,
  repositoryId: RepositoryId,
  { blobs, children }: Pick<Manifest, 'blobs' | 'children'>,
  { heldBlobs, liveManifests = digests => rows.images.existing(repositoryId, digests) }: LookUps,
): Promise<SortedReferences> {
  const live = await liveManifests(children.map(child => child.digest))
  const others = children.filter(child => !live.has(child.digest))
  const held = await heldBlobs([...blobs, ...others].map(reference => reference.digest))
  const digests = (references: Manifest['blobs']) => references.map(({ digest }) => digest)
  const lacking = (references: Manifest['blobs']) => references.filter(({ digest }) => !held.has(digest))
  const missing = (references: Manifest['blobs']) => digests(lacking(references).filter(({ required }) => required))
  return {
    blobs: [...new Set(digests([...blobs, ...others]))].filter(digest => held.has(digest)),
    children: digests(children.filter(child => live.has(child.digest))),
    awaited: { blobs: digests(lacking(blobs)), children: digests(others) },
    missingBlobs: missing(blobs),
    missingChildren: missing(others),
  }
}
