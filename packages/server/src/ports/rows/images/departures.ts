import type { Digest } from '../../../domain/digest.ts'
import type { RepositoryId } from '../common.ts'

/** Remembers which images were once in a repository, however long ago they were deleted. */
export interface DepartureRows {
  /**
   * The members of `digests` that were once live manifests of the repository and were deleted, whether they are live
   * again or not.
   */
  find(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Set<Digest>>
  /** Remembers images that were deleted before berth kept this memory. `ImageRows.delete` remembers by itself. */
  note(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<void>
}
