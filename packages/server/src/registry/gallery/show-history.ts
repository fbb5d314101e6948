import type { Digest } from '../../domain/digest.ts'
import type { ImagePath } from '../../domain/image-path.ts'
import type { Reader } from '../../domain/may-read.ts'
import type { Tag } from '../../domain/names.ts'
import { GalleryError } from '../../domain/problem.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { TagMoveRow } from '../../ports/rows/images/tag-history.ts'
import { type PageOf, pageOf } from '../page.ts'
import { type GalleryServices, requireReadable } from './services.ts'

/** Moves on one page, and beside the image of a tag. */
const PAGE = 50
const BESIDE = 5

/** A move of a tag as anybody may know of it: when, and between which images. Who did it is for the audit log. */
export type ShownMove = Pick<TagMoveRow, 'movedAt' | 'from' | 'to'>

export interface TagHistory {
  /** The newest first. They are kept as long as the bin keeps images. */
  readonly moves: PageOf<ShownMove, number>
  /** The images of these moves that are still there. */
  readonly here: ReadonlySet<Digest>
}

export interface HistoryView extends TagHistory {
  readonly repository: ShownRepository
  readonly tag: Tag
  /** Where the tag leads; undefined where it was deleted. */
  readonly current: Digest | undefined
}

/**
 * Where a tag led, page by page. A tag that was deleted has a history while its moves are kept.
 * @throws RegistryError `repositoryNotFound`; GalleryError `imageUnknown` where nothing is known of such a tag
 */
export async function showHistory(
  services: GalleryServices,
  reader: Reader,
  path: ImagePath,
  { tag, after }: { readonly tag: Tag; readonly after: number | undefined },
): Promise<HistoryView> {
  const repository = await requireReadable(services, reader, path)
  const [held] = await services.context.metadata.rows.tags.find(repository.id, [tag])
  const history = await historyOf(services, repository.id, tag, { after, limit: PAGE })
  if (held === undefined && history.moves.items.length === 0)
    throw new GalleryError({ kind: 'imageUnknown', reference: tag, name: path.name, registryId: path.alias })
  return { repository, tag, current: held?.digest, ...history }
}

/** The newest moves of a tag, for the page of its image. */
export const newestMoves = (services: GalleryServices, id: RepositoryId, tag: Tag): Promise<TagHistory> =>
  historyOf(services, id, tag, { after: undefined, limit: BESIDE })

async function historyOf(
  { context: { metadata, clock } }: GalleryServices,
  id: RepositoryId,
  tag: Tag,
  { after, limit }: { readonly after: number | undefined; readonly limit: number },
): Promise<TagHistory> {
  const found = await metadata.rows.tagHistory.list(id, tag, { after, limit: limit + 1, notDueAt: clock.now() })
  const { items, next } = pageOf(found, limit, row => row.id)
  const named = [...new Set(items.flatMap(({ from, to }) => [from, to].filter(each => each !== undefined)))]
  return {
    moves: { items: items.map(({ movedAt, from, to }) => ({ movedAt, from, to })), next },
    here: await metadata.rows.images.existing(id, named),
  }
}
