import type { Digest } from '../../../domain/digest.ts'
import type { RepositoryId } from '../common.ts'

/** A live image, and the image that lists it or that it is attached to. */
export interface Belonging {
  readonly digest: Digest
  /** The index that lists it, or the subject it names. */
  readonly of: Digest
}

/** Reads of what belongs to many images at once. Lists are sorted by `of`, then by `digest`. */
export interface BelongingRows {
  /** The images that the live indexes list, at most `limit` pairs. */
  children(repositoryId: RepositoryId, parents: readonly Digest[], limit: number): Promise<Belonging[]>
  /** The live manifests whose subject is one of `subjects`, at most `limit` pairs. */
  attached(repositoryId: RepositoryId, subjects: readonly Digest[], limit: number): Promise<Belonging[]>
  /** The live images among `digests` that an index lists or that have a subject. */
  belonging(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Set<Digest>>
  /** The live images among `digests` that have a tag. */
  tagged(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Set<Digest>>
}
