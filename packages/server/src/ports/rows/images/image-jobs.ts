import type { Digest } from '../../../domain/digest.ts'
import type { AccountId, Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

/** `stopped`: its user may not go on, or what it works on has gone. */
export type ImageJobState = 'running' | 'done' | 'cancelled' | 'stopped'

/** Work on many images of one repository, for a user. */
export interface NewImageJob {
  readonly id: string
  readonly kind: 'delete' | 'restore'
  readonly repositoryId: RepositoryId
  /** The user's account, name and key. */
  readonly accountId: AccountId
  readonly userName: string
  readonly accessKeyId: string
  /** How the request came, as JSON. */
  readonly circumstances: string
  readonly createdAt: number
}

export interface ImageJob extends NewImageJob {
  readonly state: ImageJobState
  /** Why it was stopped, for a person to read. */
  readonly reason: string | undefined
  readonly finishedAt: number | undefined
  /** Items in all, those that are done or failed, and those that failed. */
  readonly items: number
  readonly handled: number
  readonly failed: number
  /** Images and tags that went or came back, with what belongs to them. */
  readonly images: number
  readonly tags: number
}

/** What was selected: a tag with the digest that it led to, a tag alone, or an image without tags. */
export interface ImageJobItem {
  readonly position: number
  readonly digest: Digest | undefined
  readonly tag: Tag | undefined
}

/** `image`: the image went or came back; `tag`: only the tag did. */
export type ImageJobOutcome = 'image' | 'tag' | 'failed'

export interface ImageJobItemRow extends ImageJobItem {
  readonly outcome: ImageJobOutcome | undefined
  /** Why it failed, as JSON. */
  readonly failure: string | undefined
}

/** What a step has done. */
export interface ImageJobStep {
  readonly outcomes: readonly Pick<ImageJobItemRow, 'position' | 'outcome' | 'failure'>[]
  readonly images: number
  readonly tags: number
  readonly at: number
}

export interface ImageJobRows {
  create(job: NewImageJob, items: readonly ImageJobItem[]): Promise<void>
  find(id: string): Promise<ImageJob | undefined>
  /** The jobs of a repository that users of the account began, the newest first. */
  list(repositoryId: RepositoryId, accountId: AccountId, limit: number): Promise<ImageJob[]>
  /** How many jobs of the account are running. */
  running(accountId: AccountId): Promise<number>
  /** The running job whose last step is the longest ago. */
  next(): Promise<ImageJob | undefined>
  /** Items by position: all of a job, those that failed, or those that nothing was done about yet. */
  items(id: string, page: Page<number> & { readonly only?: 'failed' | 'waiting' }): Promise<ImageJobItemRow[]>
  /** Notes what a step has done. An item without an outcome waits again, and is no longer counted as failed. */
  settle(id: string, step: ImageJobStep): Promise<void>
  /** Ends a running job; false where it has ended. */
  finish(id: string, state: Exclude<ImageJobState, 'running'>, reason: string | undefined, at: number): Promise<boolean>
  /** Removes at most `limit` jobs that ended before `before`, with their items; returns how many. */
  removeFinished(before: number, limit: number): Promise<number>
}
