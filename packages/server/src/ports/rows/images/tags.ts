import type { Digest } from '../../../domain/digest.ts'
import type { Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

export interface TagRow {
  readonly repositoryId: RepositoryId
  readonly tag: Tag
  readonly digest: Digest
  /** When the tag came to point to this digest. */
  readonly createdAt: number
}

export interface TagRows {
  /** Points each tag, of which none is there twice, at a live manifest; `createdAt` stays when it already did. */
  put(rows: readonly TagRow[]): Promise<void>
  delete(repositoryId: RepositoryId, tags: readonly Tag[]): Promise<void>
  /** Those of `tags` that exist, in byte order. */
  find(repositoryId: RepositoryId, tags: readonly Tag[]): Promise<TagRow[]>
  /** Every tag of each of the manifests: by digest, the tags of each in their byte order. */
  of(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<TagRow[]>
  /** How many tags lead to any of the manifests. */
  count(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<number>
  /** In their byte order. */
  names(repositoryId: RepositoryId, page: Page<Tag>): Promise<Tag[]>
  /** The same with what is known of them. */
  list(repositoryId: RepositoryId, page: Page<Tag>): Promise<TagRow[]>
}
