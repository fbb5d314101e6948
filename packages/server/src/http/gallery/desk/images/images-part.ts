import { type Digest, isDigest } from '../../../../domain/digest.ts'
import type { Reader } from '../../../../domain/may-read.ts'
import { GalleryError } from '../../../../domain/problem.ts'
import type { ImageJob } from '../../../../ports/rows/images/image-jobs.ts'
import type { RepositoryRow } from '../../../../ports/rows/repositories/repositories.ts'
import { effectiveBinDays } from '../../../../registry/bin/bin.ts'
import { type Begun, beginDeletion, restoreJob } from '../../../../registry/deletions/begin-image-job.ts'
import type { JobUser } from '../../../../registry/deletions/job-user.ts'
import { previewDeletion } from '../../../../registry/deletions/preview-deletion.ts'
import { listTagged, listUntagged } from '../../../../registry/gallery/managed-images.ts'
import type { GalleryServices } from '../../../../registry/gallery/services.ts'
import { readAgain } from '../../../../registry/repositories/repository-ref.ts'
import { BIN_ACTIONS } from '../../../access/control-bin-actions.ts'
import type { ControlCaller } from '../../../access/control-caller.ts'
import { authorizeRepository } from '../../../access/control-policies.ts'
import { readTagKey } from '../../answer-target.ts'
import type { Form } from '../../forms/read-form.ts'
import { pathOf } from '../../href.ts'
import { html } from '../../html.ts'
import { formatTagKey } from '../../pages/tags.ts'
import type { Reply } from '../../reply.ts'
import type { DeskPart, DeskRepositoryAsked } from '../desk.ts'
import { repositoryDeskHead } from '../desk-head.ts'
import { jobPage, jobPath } from './job-page.ts'
import { listPage } from './list-page.ts'
import { jobIdOf } from './once.ts'
import { previewPage } from './preview-page.ts'
import {
  fieldsOf,
  MOST_SELECTED,
  MOST_TICKED,
  queryOf,
  readSelection,
  refsOfSelection,
  type Selection,
} from './selection.ts'

/** Jobs that the list names, and items that a job's page does. */
const JOBS_NAMED = 5
const ITEMS_SHOWN = 100
/** A running job's page is loaded again after so many seconds. */
const REFRESH_SECONDS = '2'
/** What a preview of ten thousand images holds. */
const PREVIEW_BYTES = 12 * 1024 * 1024
const FEW_BYTES = 1024 * 1024

/** The images of a repository, what a deletion of some takes, and what came of it. */
export const imagesPart: DeskPart<DeskRepositoryAsked> = {
  rests: ['preview', 'delete', 'job/ID'],
  get(asked) {
    if (asked.rest === '') return showList(asked)
    if (asked.rest === 'preview') return showPreview(asked)
    return showJob(asked)
  },
  post(asked, form) {
    if (asked.rest === 'delete') return startDeletion(asked, form)
    return changeJob(asked, form)
  },
}

const requestOf = ({ path }: DeskRepositoryAsked) => ({ registryId: path.alias, repositoryName: path.name })
const servicesOf = ({ services: { context, facts } }: DeskRepositoryAsked): GalleryServices => ({
  context,
  facts,
  // The policies decide here.
  mayRead: (_: Reader) => true,
})

export const jobUserOf = ({ accountId, userName, accessKeyId, circumstances }: ControlCaller): JobUser => {
  const { nowMs: _, ...asked } = circumstances
  return { accountId, userName, accessKeyId, circumstances: asked }
}

async function showList(asked: DeskRepositoryAsked): Promise<Reply> {
  const { services, caller, path, query, share } = asked
  const { rows } = services.context.metadata
  const row = await authorizeRepository(rows, caller, 'DescribeImages', requestOf(asked))
  const { filter, isUntagged } = readSelection(fieldsOf(query))
  const from = query.get('after') ?? ''
  const jobs = await rows.imageJobs.list(row.id, caller.accountId, JOBS_NAMED)
  if (isUntagged) {
    const after = isDigest(from) ? (from as Digest) : undefined
    const { lines, next } = await listUntagged(servicesOf(asked), row, after, share)
    return { page: listPage({ path, lines, filter: '', isUntagged, isFirst: after === undefined, next, jobs }) }
  }
  const after = readTagKey(from)
  const { lines, next } = await listTagged(servicesOf(asked), row, { filter, after }, share)
  const nextKey = next && formatTagKey(next)
  return { page: listPage({ path, lines, filter, isUntagged, isFirst: after === undefined, next: nextKey, jobs }) }
}

async function showPreview(asked: DeskRepositoryAsked): Promise<Reply> {
  const { services, caller, path, query, share, hidden } = asked
  const row = await authorizeRepository(services.context.metadata.rows, caller, 'BatchDeleteImage', requestOf(asked))
  const selection = readSelection(fieldsOf(query))
  if (hasTooMany(selection)) return say(asked, TOO_MANY_TICKED)
  share.hold(share.sizeBytes + (selection.isAll ? PREVIEW_BYTES : FEW_BYTES))
  const refs = await refsOfSelection(servicesOf(asked), row, selection)
  if (refs.length === 0) return say(asked, 'Nothing is selected. Tick what is to go, and ask again.')
  const { context, countFreed } = services
  const preview = refs.length > MOST_SELECTED ? undefined : await previewDeletion(context, row, refs, countFreed)
  if (preview === undefined) return say(asked, TOO_MANY)
  return { page: previewPage({ path, selection, preview, hidden, refused: query.get('refused') ?? undefined }) }
}

const TOO_MANY = `That is more than ${MOST_SELECTED.toLocaleString('en')} images with what belongs to them. Narrow the filter, and delete them in parts.`

const TOO_MANY_TICKED = `More than ${MOST_TICKED} are ticked. Use the filter in place of so many ticks, or delete them in parts.`
const hasTooMany = ({ isAll, chosen }: Selection): boolean => !isAll && chosen.length > MOST_TICKED

function say({ path }: DeskRepositoryAsked, text: string): Reply {
  return {
    page: {
      title: `Images of ${path.name}`,
      body: html`${repositoryDeskHead(path, 'images')}<div class="empty"><p>${text}</p></div>
<p class="pages"><a class="button" href="${pathOf.manageRepository(path, 'images')}">Back to the list</a></p>`,
    },
  }
}

async function startDeletion(asked: DeskRepositoryAsked, form: Form): Promise<Reply> {
  const { services, caller, path, share } = asked
  const { context } = services
  const row = await authorizeRepository(context.metadata.rows, caller, 'BatchDeleteImage', requestOf(asked))
  const selection = readSelection(form)
  if (hasTooMany(selection)) return say(asked, TOO_MANY_TICKED)
  share.hold(share.sizeBytes + (selection.isAll ? PREVIEW_BYTES : FEW_BYTES))
  const refs = await refsOfSelection(servicesOf(asked), row, selection)
  const confirmed = form.text('plan')
  const begun = await beginDeletion(context, jobUserOf(caller), row, {
    refs,
    confirmed,
    id: jobIdOf(form, caller, row),
  })
  if (begun.kind === 'begun') return { location: jobPath(path, begun.id) }
  const query = queryOf(selection)
  query.set('refused', refusalOf(begun))
  return { location: `${pathOf.manageRepository(path, 'images/preview')}?${query}` }
}

export const refusalOf = ({ kind }: Begun): string => (kind === 'tooManyJobs' ? 'jobs' : 'changed')

/** A job of the caller's account on this repository. @throws GalleryError `pageUnknown` */
async function findJob(
  { services, caller, rest, context }: DeskRepositoryAsked,
  row: RepositoryRow,
): Promise<ImageJob> {
  const [, id = ''] = /^job\/([\w-]{1,64})$/.exec(rest) ?? []
  const job = id === '' ? undefined : await services.context.metadata.rows.imageJobs.find(id)
  if (job === undefined || job.repositoryId !== row.id || job.accountId !== caller.accountId)
    throw new GalleryError({ kind: 'pageUnknown', path: context.url.split('?', 1)[0] ?? '' })
  return job
}

async function showJob(asked: DeskRepositoryAsked): Promise<Reply> {
  const { services, caller, path, hidden, query } = asked
  const { context } = services
  const { rows } = context.metadata
  const row = await authorizeRepository(rows, caller, 'DescribeImages', requestOf(asked))
  const job = await findJob(asked, row)
  const failed = await rows.imageJobs.items(job.id, { limit: ITEMS_SHOWN, only: 'failed' })
  const items = await rows.imageJobs.items(job.id, { limit: ITEMS_SHOWN })
  const isBinned = (await effectiveBinDays(context, rows, row)) > 0
  const refused = query.get('refused') ?? undefined
  const page = jobPage({ path, job, failed, items, isBinned, hidden, refused })
  return { page, headers: job.state === 'running' ? { refresh: REFRESH_SECONDS } : {} }
}

async function changeJob(asked: DeskRepositoryAsked, form: Form): Promise<Reply> {
  const { services, caller, path } = asked
  const { context } = services
  const { metadata, clock } = context
  const isCancel = form.text('action') === 'cancel'
  const asking = isCancel ? 'BatchDeleteImage' : BIN_ACTIONS.restore
  const row = await authorizeRepository(metadata.rows, caller, asking, requestOf(asked))
  const job = await findJob(asked, row)
  const back = jobPath(path, job.id)
  if (isCancel) {
    await metadata.transaction(async rows => {
      await readAgain(rows, row)
      await rows.imageJobs.finish(job.id, 'cancelled', undefined, clock.now())
    })
    return { location: back }
  }
  if (job.kind !== 'delete' || job.state === 'running') return { location: back }
  const begun = await restoreJob(context, jobUserOf(caller), row, { deletion: job, id: jobIdOf(form, caller, row) })
  return { location: begun.kind === 'begun' ? jobPath(path, begun.id) : `${back}?refused=${refusalOf(begun)}` }
}
