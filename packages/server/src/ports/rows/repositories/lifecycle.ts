import type { Page, RepositoryId } from '../common.ts'

export interface LifecycleRow {
  readonly repositoryId: RepositoryId
  readonly policyText: string
  /** When its rules were last carried out. */
  readonly evaluatedAt: number | undefined
}

export interface LifecyclePreviewRow {
  readonly repositoryId: RepositoryId
  readonly policyText: string
  readonly startedAt: number
}

export interface LifecycleRows {
  find(repositoryId: RepositoryId): Promise<LifecycleRow | undefined>
  /** Undefined takes the policy away. A policy that is set has not been carried out yet. */
  set(repositoryId: RepositoryId, policyText: string | undefined): Promise<void>
  setEvaluatedAt(repositoryId: RepositoryId, at: number): Promise<void>
  /** Policies that were carried out at `until` at the latest, or never; by the id of their repositories. */
  due(until: number, page: Page<RepositoryId>): Promise<LifecycleRow[]>
  /** The repositories of so many of those policies, at most, by an index: cheap where there are none. */
  dueIds(until: number, limit: number): Promise<RepositoryId[]>
  /** Replaces the repository's preview. */
  putPreview(row: LifecyclePreviewRow): Promise<void>
  findPreview(repositoryId: RepositoryId): Promise<LifecyclePreviewRow | undefined>
}
