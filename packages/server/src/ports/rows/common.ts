import type { Brand } from '../../domain/brand.ts'

/** Never used again, also after its repository was deleted. */
export type RepositoryId = Brand<number, 'RepositoryId'>

/** One page of a listing: at most `limit` entries, each greater than `after` in key order. */
export interface Page<Key> {
  readonly after?: Key | undefined
  readonly limit: number
}

export type DeletionId = Brand<number, 'DeletionId'>

export type UploadId = Brand<string, 'UploadId'>
