import type { Digest } from '../../../domain/digest.ts'
import type { RepositoryId } from '../common.ts'

/** Which images were once in a repository, however long ago they were deleted. */
export interface DepartureRows {
  /**
   * Those of `digests` that were live manifests of the repository once and were deleted, be they there again or not.
   */
  find(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Set<Digest>>
  /** Remembers images that were deleted before there was a memory of it; `ImageRows.delete` does so by itself. */
  note(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<void>
}
