import { isDigest } from '../../../../domain/digest.ts'
import type { ImageRef } from '../../../../domain/image-ref.ts'
import { isTag } from '../../../../domain/names.ts'
import type { DeletionId } from '../../../../ports/rows/common.ts'
import { effectiveBinDays } from '../../../../registry/bin/bin.ts'
import { type DeletedKey, listDeleted } from '../../../../registry/bin/list-deleted.ts'
import { purgeImages } from '../../../../registry/bin/purge-images.ts'
import { beginRestore } from '../../../../registry/deletions/begin-image-job.ts'
import { BIN_ACTIONS } from '../../../access/control-bin-actions.ts'
import { authorizeRepository } from '../../../access/control-policies.ts'
import type { Form } from '../../forms/read-form.ts'
import { pathOf } from '../../href.ts'
import { count } from '../../parts/text.ts'
import type { Reply } from '../../reply.ts'
import type { DeskPart, DeskRepositoryAsked } from '../desk.ts'
import { type BinView, binPage, purgePage } from './bin-page.ts'
import { jobUserOf, refusalOf } from './images-part.ts'
import { jobPath } from './job-page.ts'
import { jobIdOf } from './once.ts'
import { MOST_TICKED } from './selection.ts'

const PAGE = 30
/** Bin rows have up to a thousand tags each. */
const ROWS_BYTES = 8 * 1024 * 1024

/** What was deleted: to be put back, or deleted for good. */
export const binPart: DeskPart<DeskRepositoryAsked> = {
  rests: ['purge'],
  get: asked => (asked.rest === 'purge' ? askToPurge(asked, asked.query.getAll('i')) : showBin(asked)),
  async post(asked, form) {
    if (asked.rest === 'purge') return purge(asked, form)
    return form.text('action') === 'purge' ? askToPurge(asked, form.all('i')) : restore(asked, form)
  },
}

const requestOf = ({ path }: DeskRepositoryAsked) => ({ registryId: path.alias, repositoryName: path.name })

async function showBin(asked: DeskRepositoryAsked): Promise<Reply> {
  const { services, caller, path, query, share, hidden } = asked
  const { context } = services
  const { rows } = context.metadata
  const row = await authorizeRepository(rows, caller, BIN_ACTIONS.list, requestOf(asked))
  share.hold(share.sizeBytes + ROWS_BYTES)
  const after = readKey(query.get('after') ?? '')
  const { items, next } = await listDeleted(context, row.id, { after, limit: PAGE })
  const days = await effectiveBinDays(context, rows, row)
  const view = { path, deleted: items, isFirst: after === undefined, hidden, days, notice: noticeOf(query) }
  return { page: binPage({ ...view, next: next && `${next.image ?? ''}.${next.tag ?? ''}` }) }
}

function readKey(text: string): DeletedKey | undefined {
  const [, image = '', tag = ''] = /^(\d{0,15})\.(\d{0,15})$/.exec(text) ?? []
  if (image === '' && tag === '') return undefined
  return {
    image: image === '' ? undefined : (Number(image) as DeletionId),
    tag: tag === '' ? undefined : Number(tag),
  }
}

function noticeOf(query: URLSearchParams): BinView['notice'] {
  const number = (name: string) => Number(/^\d{1,9}$/.exec(query.get(name) ?? '')?.[0] ?? 0)
  const [purged, held, gone] = [number('purged'), number('held'), number('gone')]
  if (query.get('refused') === 'jobs')
    return { kind: 'go', text: 'Nothing was put back: as many jobs of your account are running as may be.' }
  if (query.get('refused') === 'many')
    return { kind: 'held', text: `More than ${MOST_TICKED} were ticked, so nothing was done. Do it in parts.` }
  if (query.get('refused') === 'nothing') return { kind: 'held', text: 'Nothing was ticked, so nothing was done.' }
  if (!query.has('purged')) return undefined
  if (purged + held + gone === 0) return { kind: 'held', text: 'The bin was empty already.' }
  const words = [
    purged > 0 && `${count(purged, 'image')} went for good.`,
    held > 0 && `${count(held, 'image')} stayed, because an index in the bin lists ${held === 1 ? 'it' : 'them'}.`,
    gone > 0 &&
      `${gone.toLocaleString('en')} of what was ticked ${gone === 1 ? 'was' : 'were'} not in the bin any more.`,
  ]
  return { kind: held + gone > 0 ? 'held' : 'ok', text: words.filter(each => each !== false).join(' ') }
}

/** `TAG@DIGEST`, a tag or a digest. What names nothing is left out. */
function readRefs(texts: readonly string[]): ImageRef[] {
  return [...new Set(texts)].flatMap((text): ImageRef[] => {
    const [name = '', digest] = text.split('@', 2)
    if (digest !== undefined) return isTag(name) && isDigest(digest) ? [{ digest, tag: name }] : []
    return isDigest(name) ? [{ digest: name }] : isTag(name) ? [{ tag: name }] : []
  })
}

const formatRef = ({ digest, tag }: ImageRef): string => [tag, digest].filter(each => each !== undefined).join('@')

async function restore(asked: DeskRepositoryAsked, form: Form): Promise<Reply> {
  const { services, caller, path } = asked
  const row = await authorizeRepository(services.context.metadata.rows, caller, BIN_ACTIONS.restore, requestOf(asked))
  const refs = readRefs(form.all('i'))
  const bin = (query: Readonly<Record<string, string>>) => pathOf.manageRepository(path, 'bin', query)
  if (refs.length === 0) return { location: bin({ refused: 'nothing' }) }
  const begun = await beginRestore(services.context, jobUserOf(caller), row, { refs, id: jobIdOf(form, caller, row) })
  return { location: begun.kind === 'begun' ? jobPath(path, begun.id) : bin({ refused: refusalOf(begun) }) }
}

async function askToPurge(asked: DeskRepositoryAsked, texts: readonly string[]): Promise<Reply> {
  const { services, caller, path, query, hidden } = asked
  const row = await authorizeRepository(services.context.metadata.rows, caller, BIN_ACTIONS.purge, requestOf(asked))
  const isAll = query.get('all') === '1'
  const chosen = readRefs(texts).map(formatRef)
  if (!isAll && chosen.length === 0) return { location: pathOf.manageRepository(path, 'bin', { refused: 'nothing' }) }
  if (chosen.length > MOST_TICKED) return { location: pathOf.manageRepository(path, 'bin', { refused: 'many' }) }
  return { page: purgePage({ path, chosen, isAll, images: row.binCount, hidden }) }
}

async function purge(asked: DeskRepositoryAsked, form: Form): Promise<Reply> {
  const { services, caller, path, share } = asked
  const row = await authorizeRepository(services.context.metadata.rows, caller, BIN_ACTIONS.purge, requestOf(asked))
  const isAll = form.text('all') === '1'
  const refs = readRefs(form.all('i'))
  if (!isAll && refs.length === 0) return { location: pathOf.manageRepository(path, 'bin', { refused: 'nothing' }) }
  share.hold(share.sizeBytes + ROWS_BYTES)
  const { purged, failures } = await purgeImages(services.context, caller.actor, row, isAll ? undefined : refs)
  const held = failures.filter(({ failure }) => failure.kind === 'heldByIndexes').length
  const done = { purged: purged.length, held, gone: failures.length - held }
  const query = Object.fromEntries(Object.entries(done).map(([name, number]) => [name, String(number)]))
  return { location: pathOf.manageRepository(path, 'bin', query) }
}
