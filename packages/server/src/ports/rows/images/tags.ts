import type { Digest } from '../../../domain/digest.ts'
import type { Tag } from '../../../domain/names.ts'
import type { RepositoryId } from '../common.ts'

export interface TagRow {
  readonly repositoryId: RepositoryId
  readonly tag: Tag
  readonly digest: Digest
  /** When the tag came to point to this digest. */
  readonly createdAt: number
}
