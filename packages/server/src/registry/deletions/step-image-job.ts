import type { ImageRef } from '../../domain/image-ref.ts'
import { isOutage, isProblem, ProblemError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { ImageJob, ImageJobItemRow, ImageJobStep } from '../../ports/rows/images/image-jobs.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { restoreInTransaction } from '../bin/restore-images.ts'
import type { RegistryContext } from '../context.ts'
import { lookAtTags } from '../images/delete-images.ts'
import { TagLists } from '../images/tag-lists.ts'
import { refTo } from '../repositories/repository-ref.ts'
import { deleteSelection } from './delete-selection.ts'
import { failureFinder, type ItemFailure, readFailure, refOf, writeFailure } from './image-job-items.ts'
import { actorOf, whyNot } from './job-user.ts'
import type { SelectionPlan } from './plan-selection.ts'

/** The most items that one step takes. */
export const STEP_ITEMS = 100
/** The most images that several items may come to in one step, and that a single item may come to. */
const STEP_IMAGES = 500
const ITEM_IMAGES = 10_000
/** How many failed items are looked at for some that may go now. */
const LOOKED_AT = 1_000

/** How a step may end a job; users cancel theirs. */
export type EndedState = 'done' | 'stopped'

export type StepNews =
  /** There is no such job, or none that is running. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'stepped'; readonly job: ImageJob }
  | { readonly kind: 'ended'; readonly job: ImageJob; readonly state: EndedState }
  /** The items are too many for one step. Nothing was done. */
  | { readonly kind: 'tooLarge' }

export interface StepOptions {
  /** The most items that the step takes. */
  readonly size: number
  /** The job; undefined takes the one whose last step is the longest ago. */
  readonly id?: string | undefined
}

interface Work {
  readonly context: RegistryContext
  readonly rows: Rows
  readonly job: ImageJob
  readonly row: RepositoryRow
  readonly items: readonly ImageJobItemRow[]
  readonly lists: TagLists
}

/**
 * Does one step of a job. One transaction has what the step does and the notes of it, so that a job goes on where it
 * was, whoever died. Each step asks the policies about the job's user, and the job stops where the user may not go on.
 * @throws RegistryError `unavailable`, `storageFull`: the step may be tried again
 */
export async function stepImageJob(context: RegistryContext, { size, id }: StepOptions): Promise<StepNews> {
  const { metadata } = context
  const find = (rows: Rows) => (id === undefined ? rows.imageJobs.next() : rows.imageJobs.find(id))
  const before = await find(metadata.rows)
  if (before?.state !== 'running') return { kind: 'idle' }
  const lists = await matchBefore(context, before, size)
  try {
    return await metadata.transaction(
      async (rows): Promise<StepNews> => {
        const job = await rows.imageJobs.find(before.id)
        if (job?.state !== 'running') return { kind: 'idle' }
        const now = context.clock.now()
        const row = await rows.repositories.get(job.repositoryId)
        const reason = row === undefined ? 'The repository is gone.' : await whyNot(rows, job, row, now)
        if (row === undefined || reason !== undefined) return end(rows, job, 'stopped', reason, now)
        const items = await rows.imageJobs.items(job.id, { limit: size, only: 'waiting' })
        if (items.length === 0)
          return (await waitAgain(rows, job, now)) ? { kind: 'stepped', job } : end(rows, job, 'done', undefined, now)
        const work = { context, rows, job, row, items, lists }
        const step = await (job.kind === 'delete' ? deleteItems(work) : restoreItems(work))
        if (step === undefined) return { kind: 'tooLarge' }
        await rows.imageJobs.settle(job.id, step)
        return { kind: 'stepped', job }
      },
      { isLarge: true },
    )
  } catch (error) {
    if (isProblem(error, 'parameterInvalid') && size > 1) return { kind: 'tooLarge' }
    if (isOutage(error)) throw error
    // Another try would fail again, and the job's page says why. An error that is no problem of a caller goes to the
    // log.
    const reason = error instanceof ProblemError ? STOPS[error.problem.kind] : undefined
    const news = await metadata.transaction(rows =>
      end(rows, before, 'stopped', reason ?? 'It failed, and the server’s log says why.', context.clock.now()),
    )
    if (reason === undefined) throw error
    return news
  }
}

const STOPS: Readonly<Partial<Record<string, string>>> = {
  quotaExceeded: 'What comes back would be more than the repository or an image may have.',
  accountQuotaExceeded: 'The account has as much in its audit log as it may have.',
}

async function end(
  rows: Rows,
  job: ImageJob,
  state: EndedState,
  reason: string | undefined,
  now: number,
): Promise<StepNews> {
  await rows.imageJobs.finish(job.id, state, reason, now)
  return { kind: 'ended', job, state }
}

/** Matches protected patterns with the tags of the next items, so that the transaction need not. */
async function matchBefore(context: RegistryContext, job: ImageJob, size: number): Promise<TagLists> {
  const { rows } = context.metadata
  const row = job.kind === 'delete' ? await rows.repositories.get(job.repositoryId) : undefined
  if (row === undefined || row.settings.protectedTags.length === 0) return new TagLists()
  const items = await rows.imageJobs.items(job.id, { limit: size, only: 'waiting' })
  return lookAtTags(context, row, items.flatMap(refOf))
}

/** Has items that an index held wait once more, where images have gone since. False where there are no such items. */
async function waitAgain({ imageJobs }: Rows, job: ImageJob, at: number): Promise<boolean> {
  const failed = await imageJobs.items(job.id, { limit: LOOKED_AT, only: 'failed' })
  const held = failed.filter(({ failure: text }) => {
    if (text === undefined) return false
    const { failure, images } = readFailure(text)
    return failure.kind === 'heldByIndexes' && images < job.images
  })
  const outcomes = held.map(({ position }) => ({ position, outcome: undefined, failure: undefined }))
  if (held.length > 0) await imageJobs.settle(job.id, { outcomes, images: 0, tags: 0, at })
  return held.length > 0
}

async function deleteItems(work: Work): Promise<ImageJobStep | undefined> {
  const { context, rows, job, row, items, lists } = work
  const untagged = items.flatMap(({ digest, tag }) => (tag === undefined ? (digest ?? []) : []))
  const tagged = await rows.belongings.tagged(row.id, untagged)
  const isTaggedSince = ({ digest, tag }: ImageRef) => tag === undefined && digest !== undefined && tagged.has(digest)
  const refs = items.flatMap(refOf).filter(ref => !isTaggedSince(ref))
  const most = items.length === 1 ? ITEM_IMAGES : STEP_IMAGES
  const options = { most, lists, confirmed: undefined }
  const outcome = await deleteSelection(context, rows, { actor: actorOf(job), row, refs }, options)
  if (outcome.kind !== 'done' && items.length > 1) return undefined
  const done = outcome.kind === 'done' ? outcome.done : undefined
  return { ...settled(items, done, { tagged, before: job.images }), at: context.clock.now() }
}

/** The outcomes of the items by a plan. Undefined where so much belongs to the only item that nothing was done. */
export function settled(
  items: readonly ImageJobItemRow[],
  planned: SelectionPlan | undefined,
  { tagged, before }: { readonly tagged: ReadonlySet<string>; readonly before: number },
): Omit<ImageJobStep, 'at'> {
  const failed = failureFinder(planned?.plan.failures ?? [])
  const going = new Set<string>(planned?.plan.images)
  const images = planned?.plan.images.length ?? 0
  const failureOf = (item: ImageJobItemRow): ItemFailure | undefined => {
    if (item.tag === undefined && item.digest !== undefined && tagged.has(item.digest)) return { kind: 'taggedSince' }
    return planned === undefined ? { kind: 'tooMany' } : failed(item)
  }
  const outcomes = items.map(item => {
    const { position } = item
    const failure = failureOf(item)
    if (failure !== undefined)
      return { position, outcome: 'failed' as const, failure: writeFailure(failure, before + images) }
    const isWhole = item.digest !== undefined && going.has(item.digest)
    return { position, outcome: isWhole ? ('image' as const) : ('tag' as const), failure: undefined }
  })
  const tags = planned?.plan.deleted.filter(({ tag }) => tag !== undefined).length ?? 0
  return { outcomes, images, tags }
}

async function restoreItems({ context, rows, job, row, items }: Work): Promise<ImageJobStep> {
  const repository = refTo(row)
  const refs = items.flatMap(refOf)
  const imagesNow = async () => (await rows.repositories.imageCount(row.id)) ?? 0
  const before = await imagesNow()
  const { restored, failures } = await restoreInTransaction(context, rows, actorOf(job), repository, refs)
  const failureOf = failureFinder(failures)
  const taken = new Map(restored.map(image => [image.digest, image.taken.map(({ tag }) => tag)]))
  const outcomes = items.map(item => {
    const { position, digest } = item
    const tags = digest === undefined ? [] : (taken.get(digest) ?? [])
    const failure = failureOf(item)
    const note: ItemFailure | undefined = failure ?? (tags.length > 0 ? { kind: 'taken', tags } : undefined)
    const outcome = failure !== undefined ? 'failed' : digest === undefined ? 'tag' : 'image'
    return { position, outcome: outcome as 'failed' | 'tag' | 'image', failure: note && writeFailure(note, 0) }
  })
  const tags = restored.reduce((sum, image) => sum + image.tags.length, 0)
  // An image that was there all the time only got tags back.
  return { outcomes, images: (await imagesNow()) - before, tags, at: context.clock.now() }
}
