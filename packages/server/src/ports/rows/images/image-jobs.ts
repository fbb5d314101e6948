import type { Digest } from '../../../domain/digest.ts'
import type { AccountId, Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

/** The state of a job. `stopped`: its user may not go on, or what the job works on has gone. */
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
  /** Why the job was stopped, for a person to read. */
  readonly reason: string | undefined
  readonly finishedAt: number | undefined
  /** The number of items in all, of items that are done or failed, and of items that failed. */
  readonly items: number
  readonly handled: number
  readonly failed: number
  /** How many images and tags went or came back, with what belongs to them. */
  readonly images: number
  readonly tags: number
}

/** One thing that was selected: a tag with the digest that it led to, a tag alone, or an image without tags. */
export interface ImageJobItem {
  readonly position: number
  readonly digest: Digest | undefined
  readonly tag: Tag | undefined
}

/** What came of an item. `image`: the image went or came back; `tag`: only the tag did. */
export type ImageJobOutcome = 'image' | 'tag' | 'failed'

export interface ImageJobItemRow extends ImageJobItem {
  readonly outcome: ImageJobOutcome | undefined
  /** Why the item failed, as JSON. */
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
  /** The items of a job by position: all of them, those that failed, or those that nothing was done about yet. */
  items(id: string, page: Page<number> & { readonly only?: 'failed' | 'waiting' }): Promise<ImageJobItemRow[]>
  /** Notes what a step has done. An item without an outcome waits again, and is no longer counted as failed. */
  settle(id: string, step: ImageJobStep): Promise<void>
  /** Ends a running job. False where the job has ended already. */
  finish(id: string, state: Exclude<ImageJobState, 'running'>, reason: string | undefined, at: number): Promise<boolean>
  /** Removes at most `limit` jobs that ended before `before`, with their items; returns how many. */
  removeFinished(before: number, limit: number): Promise<number>
}
