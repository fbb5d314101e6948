import { randomBytes } from 'node:crypto'
import type { ImageRef } from '../../domain/image-ref.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { ImageJob, ImageJobItemRow, NewImageJob } from '../../ports/rows/images/image-jobs.ts'
import { requireAuditRoom } from '../access/account-quotas.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { everyPage } from '../every-page.ts'
import { lookAtTags } from '../images/delete-images.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { deleteSelection } from './delete-selection.ts'
import { itemsOf, pinSelection, refsToRestore } from './image-job-items.ts'
import { actorOf, type JobUser, storedUser } from './job-user.ts'
import { planDeletionOf } from './preview-deletion.ts'
import { STEP_ITEMS, settled, stepImageJob } from './step-image-job.ts'

/** How many jobs an account may have running, and how much may be selected for one. */
export const JOBS_RUNNING = 10
const JOB_ITEMS = 10_000
/** The most images that are deleted while somebody waits. */
const AT_ONCE = 500

export type Begun =
  | { readonly kind: 'begun'; readonly id: string }
  /** The selection would not take any more what was confirmed. Nothing was done. */
  | { readonly kind: 'changed' }
  /** More is selected, or belongs to it, than one job takes. */
  | { readonly kind: 'tooMany' }
  /** The account has as many jobs running as it may have. */
  | { readonly kind: 'tooManyJobs' }

/**
 * Deletes what was selected with what belongs to it, where the plan still has the name that was confirmed. A few images
 * go at once, in the transaction that compares; many go step by step, and the rows know what is left. The job tells
 * what came of it. A second call with the same `id` finds the same job.
 * @throws RegistryError as `readAgain`
 */
export async function beginDeletion(
  context: RegistryContext,
  user: JobUser,
  repository: RepositoryRef,
  { refs, confirmed, id }: { readonly refs: readonly ImageRef[]; readonly confirmed: string; readonly id: string },
): Promise<Begun> {
  const { metadata } = context
  if (refs.length > JOB_ITEMS) return { kind: 'tooMany' }
  const job = newJob(context, user, repository, { kind: 'delete', id })
  if (await isBegun(metadata.rows, job)) return { kind: 'begun', id }
  if (refs.length <= STEP_ITEMS) {
    const begun = await deleteAtOnce(context, job, repository, { refs, confirmed })
    if (begun !== undefined) return begun
  }
  const planned = await planDeletionOf(context, repository, refs)
  if (planned === undefined) return { kind: 'tooMany' }
  if (planned.name !== confirmed) return { kind: 'changed' }
  return metadata.transaction(
    async rows => {
      await readAgain(rows, repository)
      return create(rows, job, await pinSelection(rows, repository.id, refs))
    },
    { isLarge: true },
  )
}

/** Deletes in one transaction. Undefined where that would be too much at once. */
async function deleteAtOnce(
  context: RegistryContext,
  job: NewImageJob,
  repository: RepositoryRef,
  { refs, confirmed }: { readonly refs: readonly ImageRef[]; readonly confirmed: string },
): Promise<Begun | undefined> {
  const lists = await lookAtTags(context, repository, refs)
  return context.metadata.transaction(
    async (rows): Promise<Begun | undefined> => {
      const row = await readAgain(rows, repository)
      if (await isBegun(rows, job)) return { kind: 'begun', id: job.id }
      // The selection is noted as the tags lead before they go.
      const pinned = await pinSelection(rows, row.id, refs)
      const outcome = await deleteSelection(
        context,
        rows,
        { actor: actorOf(job), row, refs },
        { most: AT_ONCE, confirmed, lists },
      )
      if (outcome.kind === 'tooMany') return undefined
      if (outcome.kind === 'changed') return outcome
      const now = context.clock.now()
      const items = itemsOf(pinned)
      await rows.imageJobs.create(job, items)
      const waiting = items.map((item): ImageJobItemRow => ({ ...item, outcome: undefined, failure: undefined }))
      await rows.imageJobs.settle(job.id, {
        ...settled(waiting, outcome.done, { tagged: new Set(), before: 0 }),
        at: now,
      })
      await rows.imageJobs.finish(job.id, 'done', undefined, now)
      return { kind: 'begun', id: job.id }
    },
    { isLarge: true },
  )
}

/** Brings back what a job has deleted. @throws RegistryError as `readAgain` */
export async function restoreJob(
  context: RegistryContext,
  user: JobUser,
  repository: RepositoryRef,
  { deletion, id }: { readonly deletion: ImageJob; readonly id: string },
): Promise<Begun> {
  const { imageJobs } = context.metadata.rows
  const refs: ImageRef[] = []
  const list = (page: { readonly after?: number | undefined; readonly limit: number }) =>
    imageJobs.items(deletion.id, page)
  for await (const page of everyPage(list, item => item.position, 500)) refs.push(...refsToRestore(page))
  return beginRestore(context, user, repository, { refs, id })
}

/** Restores what `refs` name in the bin, a few at once, and many step by step. @throws RegistryError as `readAgain` */
export async function beginRestore(
  context: RegistryContext,
  user: JobUser,
  repository: RepositoryRef,
  { refs, id }: { readonly refs: readonly ImageRef[]; readonly id: string },
): Promise<Begun> {
  if (refs.length > JOB_ITEMS) return { kind: 'tooMany' }
  const job = newJob(context, user, repository, { kind: 'restore', id })
  await requireAuditRoom(context, actorOf(job), repository)
  const begun = await context.metadata.transaction(async rows => {
    await readAgain(rows, repository)
    return create(rows, job, refs)
  })
  if (begun.kind !== 'begun' || refs.length > STEP_ITEMS) return begun
  // The first step restores, and the second sees that nothing is left. The background tries again whatever fails.
  for (let steps = 0; steps < 2; steps += 1)
    if ((await stepImageJob(context, { id: begun.id, size: STEP_ITEMS })).kind !== 'stepped') break
  return begun
}

const newJob = (
  { clock }: RegistryContext,
  user: JobUser,
  { id: repositoryId }: RepositoryRef,
  { kind, id }: Pick<NewImageJob, 'kind' | 'id'>,
): NewImageJob => ({
  id,
  kind,
  repositoryId,
  createdAt: clock.now(),
  ...storedUser(user),
})

export const newJobId = (): string => randomBytes(16).toString('base64url')

/** Whether a form has come before that was sent twice. */
const isBegun = async (rows: Rows, { id }: NewImageJob): Promise<boolean> =>
  (await rows.imageJobs.find(id)) !== undefined

async function create(rows: Rows, job: NewImageJob, refs: readonly ImageRef[]): Promise<Begun> {
  if (await isBegun(rows, job)) return { kind: 'begun', id: job.id }
  if (refs.length > JOB_ITEMS) return { kind: 'tooMany' }
  if ((await rows.imageJobs.running(job.accountId)) >= JOBS_RUNNING) return { kind: 'tooManyJobs' }
  await rows.imageJobs.create(job, itemsOf(refs))
  return { kind: 'begun', id: job.id }
}
