import type { Digest } from '../../../domain/digest.ts'
import type { Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

export interface TagRow {
  readonly repositoryId: RepositoryId
  readonly tag: Tag
  readonly digest: Digest
  /** When the tag came to point to this digest, in milliseconds since 1970. */
  readonly createdAt: number
}

export interface TagRows {
  /**
   * Points each tag at a live manifest. No tag may stand twice. `createdAt` stays where the tag pointed there already.
   */
  put(rows: readonly TagRow[]): Promise<void>
  delete(repositoryId: RepositoryId, tags: readonly Tag[]): Promise<void>
  /** The tags of the list that exist, in byte order. */
  find(repositoryId: RepositoryId, tags: readonly Tag[]): Promise<TagRow[]>
  /** Every tag of the manifests, sorted by digest, then by the bytes of the tag. */
  of(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<TagRow[]>
  /** How many tags lead to any of the manifests. */
  count(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<number>
  /** The repository's tags in their byte order. */
  names(repositoryId: RepositoryId, page: Page<Tag>): Promise<Tag[]>
  /** As `names`, with what is known of each tag. */
  list(repositoryId: RepositoryId, page: Page<Tag>): Promise<TagRow[]>
  /** The repository's tags, the one first that came to its image last. */
  newest(repositoryId: RepositoryId, page: Page<Pick<TagRow, 'createdAt' | 'tag'>>): Promise<TagRow[]>
  /** The first `limit` tags of one manifest, in their byte order. */
  firstOf(repositoryId: RepositoryId, digest: Digest, limit: number): Promise<Tag[]>
}
