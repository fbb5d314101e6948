import type { Digest } from '../../../domain/digest.ts'
import type { AccountId, RegistryAlias, RepositoryName } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'
import type { CatalogData } from '../repositories/repositories.ts'

/** A repository as the gallery shows it. */
export interface ShownRepository {
  readonly id: RepositoryId
  readonly accountId: AccountId
  /** The primary alias of its registry, whichever alias was asked for. */
  readonly alias: RegistryAlias
  readonly name: RepositoryName
  readonly displayName: string | undefined
  readonly verified: boolean
  readonly catalogData: CatalogData | undefined
  readonly createdAt: number
  readonly imageCount: number
  /**
   * When the newest image came, in milliseconds since 1970. Undefined before the first image, or where a server of an
   * older release took it.
   */
  readonly lastPushedAt: number | undefined
  /** Whether its registry shows nobody when and how often images were pulled. */
  readonly hidesPulls: boolean
}

/** A place in the list of those that were pushed to lately. */
export interface RecentKey {
  readonly lastPushedAt: number
  readonly id: RepositoryId
}

/** Reads for the gallery. Its lists have only repositories that hold images, as ECR Public's have. */
export interface ShownRepositoryRows {
  /** Finds a repository by any alias of its registry, with images or without. */
  find(alias: RegistryAlias, name: RepositoryName): Promise<ShownRepository | undefined>
  /** The repositories among the ids that hold images, in any order. */
  ofIds(ids: readonly RepositoryId[]): Promise<ShownRepository[]>
  /** The repositories that have an image of that digest, the oldest first. */
  holding(digest: Digest, limit: number): Promise<ShownRepository[]>
  /** The repositories of all registries, the one first that was pushed to last. */
  recent(page: Page<RecentKey>): Promise<ShownRepository[]>
  /** The repositories of one registry, by name. */
  list(accountId: AccountId, page: Page<RepositoryName>): Promise<ShownRepository[]>
  /** Whether a repository that holds images lacks `lastPushedAt`. */
  lackPushTimes(): Promise<boolean>
  /** Fills `lastPushedAt` in for at most `limit` repositories that lack it. */
  notePushTimes(limit: number): Promise<void>
}
