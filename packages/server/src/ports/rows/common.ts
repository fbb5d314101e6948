import type { Brand } from '../../domain/brand.ts'

/** The number of a repository. No other repository ever gets it, not even after a deletion. */
export type RepositoryId = Brand<number, 'RepositoryId'>

/** One page of a listing: at most `limit` entries, each greater than `after` in key order. */
export interface Page<Key> {
  readonly after?: Key | undefined
  readonly limit: number
}

export type DeletionId = Brand<number, 'DeletionId'>

export type UploadId = Brand<string, 'UploadId'>
