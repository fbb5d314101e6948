import { LruCache } from '../../domain/lru-cache.ts'
import { ControlError } from '../../domain/problem.ts'
import type { LifecyclePreviewRow } from '../../ports/rows/repositories/lifecycle.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { type RegistryContext, type RepositoryRef, words } from '../context.ts'
import { readAgain, refTo } from '../repositories/repository-ref.ts'
import { type ExpiringImage, findExpiring } from './evaluation.ts'
import { getLifecyclePolicy, parsePolicyText } from './policies.ts'

/** How many images and tags of previews are kept, so that the pages of one preview are of the same evaluation. */
const KEPT = 200_000

/** Finds what a policy would take from a repository at a time, as `findExpiring` tells it. */
export type FindExpiring = (
  repository: RepositoryRow,
  policyText: string,
  at: number,
) => Promise<readonly ExpiringImage[]>

/**
 * Previews of what a policy would do. To start a preview is to store the policy's text and the time. The images are
 * worked out when somebody asks for them, by whichever process is asked, as of the time of the start.
 */
export class LifecyclePreviews {
  readonly #context: RegistryContext
  readonly #find: FindExpiring
  readonly #found = new LruCache<string, readonly ExpiringImage[]>(KEPT, images =>
    images.reduce((sum, { tags }) => sum + 1 + tags.length, 1),
  )

  /** `find` may work on another thread: many patterns and tags keep a thread busy. */
  constructor(
    context: RegistryContext,
    find: FindExpiring = (repository, policyText, at) =>
      findExpiring(context.metadata, repository, parsePolicyText(policyText), at),
  ) {
    this.#context = context
    this.#find = find
  }

  /**
   * Starts a preview of `policyText`, or of the repository's own policy.
   * @throws ProblemError `parameterInvalid`, `lifecyclePolicyNotFound`, and as `readAgain`
   */
  async start(repository: RepositoryRow & RepositoryRef, policyText: string | undefined): Promise<LifecyclePreviewRow> {
    const { metadata, clock } = this.#context
    const text = policyText ?? (await getLifecyclePolicy(metadata, repository)).policyText
    parsePolicyText(text)
    const row = { repositoryId: repository.id, policyText: text, startedAt: clock.now() }
    await metadata.transaction(async rows => {
      await readAgain(rows, repository)
      await rows.lifecycle.putPreview(row)
    })
    return row
  }

  /**
   * The last preview, with its images in the order in which they would go. @throws ControlError
   * `lifecyclePreviewNotFound`
   */
  async read(repository: RepositoryRow): Promise<{ preview: LifecyclePreviewRow; images: readonly ExpiringImage[] }> {
    const { metadata } = this.#context
    const preview = await metadata.rows.lifecycle.findPreview(repository.id)
    if (preview === undefined) throw new ControlError({ kind: 'lifecyclePreviewNotFound', ...words(refTo(repository)) })
    const { policyText, startedAt } = preview
    const key = JSON.stringify([repository.id, startedAt, policyText])
    let images = this.#found.get(key)
    if (images === undefined) {
      // No preview looks ahead. One that was started by a wrong clock would.
      const asOf = Math.min(startedAt, this.#context.clock.now())
      images = await this.#find(repository, policyText, asOf)
      this.#found.set(key, images)
    }
    return { preview, images }
  }
}
