import type { Client } from '../../../client/client.ts'
import { CommandError } from '../../../errors.ts'
import type { Target } from '../../../http/target.ts'
import type { Context } from '../../command.ts'
import { type Image, NO_FAMILY } from '../inventory/image.ts'
import { listImages } from '../inventory/list-images.ts'
import { createPullTimes } from '../inventory/pull-times.ts'
import { readFamily } from '../inventory/read-family.ts'
import { createManifestReader } from '../inventory/read-manifest.ts'
import { createSettingsReader } from '../inventory/read-settings.ts'
import { findRepositories, type Repository } from '../inventory/repositories.ts'
import { spreadPulls } from '../inventory/spread-pulls.ts'
import type { Progress } from '../progress.ts'
import type { CleanRequest } from '../read-request.ts'
import { NO_REPOSITORY } from '../run/execute-plan.ts'
import { selectImages, wishOf } from '../selection/select.ts'
import { planRemovals } from './plan.ts'
import type { Planned } from './totals.ts'
import { withoutProtected } from './without-protected.ts'

interface Planning {
  readonly client: Client
  readonly context: Context
  readonly endpoint: Target
  readonly progress: Progress
  readonly now: number
  readonly attempts: number
}

/** Plans one repository after the other. Only the removals of each, and what is told of it, stay in memory. */
export async function planAll(request: CleanRequest, planning: Planning): Promise<Planned[]> {
  const { client, context, endpoint, progress, now, attempts } = planning
  const { selectors, concurrency } = request
  const repositories = await findRepositories(client, request.repositories)
  const pulls =
    selectors.notPulledForMs === undefined ? undefined : await createPullTimes(context, repositories[0], attempts)
  const readSettings = createSettingsReader(context, endpoint)
  const read = createManifestReader({ client, context, endpoint, attempts })
  // From here on, what is attached to images decides over others, too.
  const countsAll = selectors.keep !== undefined || selectors.policy !== undefined
  const plans: Planned[] = []
  for (const repository of repositories) {
    const listed = await listAll(repository).catch((error: unknown) => {
      if (error instanceof CommandError && error.code === NO_REPOSITORY) return []
      throw error
    })
    // Most repositories of a registry have nothing to clean: their indexes need not be read.
    const family = listed.some(image => wishOf(image, selectors, now))
      ? await readFamily(listed, {
          read,
          repositoryUri: repository.uri,
          concurrency,
          isInQuestion: image => countsAll || wishOf(image, selectors, now) !== undefined,
          onProgress: (done, total) => progress.at(`${repository.name}: reading manifests`, done, total),
        })
      : NO_FAMILY
    const images = spreadPulls(listed, family)
    const selected = selectImages(images, family, selectors, now)
    const settings = selected.size === 0 ? undefined : await readSettings(repository)
    const { wishes, held } = withoutProtected(selected, settings?.protectedTags ?? [])
    const plan = planRemovals(images, family, wishes)
    plans.push({ repository, settings, plan: { ...plan, held: [...held, ...plan.held] } })
  }
  return plans

  async function listAll(repository: Repository): Promise<Image[]> {
    const images: Image[] = []
    // A listing is no snapshot: while others push and delete, an image may be on two pages.
    const seen = new Set<string>()
    const pulledAt = await pulls?.(repository)
    for await (const page of listImages(client, repository)) {
      for (const image of page.filter(({ digest }) => !seen.has(digest))) {
        seen.add(image.digest)
        const lastPulledAt = pulledAt?.get(image.digest)
        images.push(lastPulledAt === undefined ? image : { ...image, lastPulledAt })
      }
      progress.at(`${repository.name}: listing images`, images.length)
    }
    return images
  }
}
