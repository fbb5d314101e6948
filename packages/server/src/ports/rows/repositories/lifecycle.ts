import type { Page, RepositoryId } from '../common.ts'

export interface LifecycleRow {
  readonly repositoryId: RepositoryId
  readonly policyText: string
  /** When the rules were last carried out, in milliseconds since 1970. */
  readonly evaluatedAt: number | undefined
}

export interface LifecyclePreviewRow {
  readonly repositoryId: RepositoryId
  readonly policyText: string
  readonly startedAt: number
}

export interface LifecycleRows {
  find(repositoryId: RepositoryId): Promise<LifecycleRow | undefined>
  /** Sets the policy, which counts as never carried out. Undefined deletes the policy. */
  set(repositoryId: RepositoryId, policyText: string | undefined): Promise<void>
  setEvaluatedAt(repositoryId: RepositoryId, at: number): Promise<void>
  /** Policies that were last carried out at `until` or before, or never, sorted by the id of their repositories. */
  due(until: number, page: Page<RepositoryId>): Promise<LifecycleRow[]>
  /**
   * The repositories of the policies that `due` lists, at most `limit`. This reads an index, and costs little where
   * there are none.
   */
  dueIds(until: number, limit: number): Promise<RepositoryId[]>
  /** Replaces the repository's preview. */
  putPreview(row: LifecyclePreviewRow): Promise<void>
  findPreview(repositoryId: RepositoryId): Promise<LifecyclePreviewRow | undefined>
}
