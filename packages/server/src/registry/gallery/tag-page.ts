import type { Digest } from '../../domain/digest.ts'
import type { ImagePath } from '../../domain/image-path.ts'
import { manifestKind } from '../../domain/manifest/media-types.ts'
import type { Reader } from '../../domain/may-read.ts'
import { parseTag, type Tag } from '../../domain/names.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import type { TagRow } from '../../ports/rows/images/tags.ts'
import { ownTurn } from '../../runtime/own-turn.ts'
import { Places } from '../places.ts'
import { type GalleryServices, requireReadable } from './services.ts'
import { pullsOfTags } from './shown-pulls.ts'

/** Tags on one page. */
const PAGE = 50
/** Tags that are looked through for one page where a filter leaves most of them out, and so many at a time. */
const LOOKED_THROUGH = 10_000
const BATCH = 1_000
/** Images whose documents are read at a time. */
const AT_ONCE = 4
/** How many other tags of an image a line names. Of those behind them it only tells that there are more. */
export const SAME_SHOWN = 8

/** The tag that stands first. */
export const LATEST = parseTag('latest')

export type TagOrder = 'newest' | 'name'

/** Where a page begins: behind the tag of this name. Its time counts where tags are sorted by time. */
export type TagKey = Pick<TagRow, 'createdAt' | 'tag'>

export interface TagQuery {
  readonly order: TagOrder
  /** A part that tags must have, whatever the case of its letters; empty for all tags. */
  readonly filter: string
  readonly after: TagKey | undefined
}

/** A tag and its image, as a list shows them. */
export interface TagLine {
  readonly tag: Tag
  readonly createdAt: number
  readonly image: ManifestRow
  readonly platforms: readonly string[]
  /** Other tags of the same image, at most one more than `SAME_SHOWN`. */
  readonly sameAs: readonly Tag[]
  /** When the image was pulled last, and how often for this tag. Undefined where the registry hides that. */
  readonly pulls: { readonly lastAt: number | undefined; readonly count: number } | undefined
}

export interface TagPage {
  readonly repository: ShownRepository
  readonly lines: readonly TagLine[]
  /** Where the next page begins. A page may have fewer lines than fit, or none, where a filter leaves many out. */
  readonly next: TagKey | undefined
}

/** One page of a repository's tags, `latest` first. @throws RegistryError `repositoryNotFound` */
export async function showTags(
  services: GalleryServices,
  reader: Reader,
  path: ImagePath,
  query: TagQuery,
  share: MemoryShare,
): Promise<TagPage> {
  const repository = await requireReadable(services, reader, path)
  const { tags } = services.context.metadata.rows
  const isFirst = query.after === undefined && query.filter === ''
  const latest = isFirst ? await tags.find(repository.id, [LATEST]) : []
  const { rows, next } = await gatherTags(services, repository.id, query, PAGE - latest.length)
  const lines = await describeTags(services, repository, [...latest, ...rows], share)
  return { repository, lines, next }
}

/** The tag that a pull command names: `latest`, or else the one that moved last. */
export async function findMainTag(services: GalleryServices, id: RepositoryId): Promise<TagRow | undefined> {
  const { tags } = services.context.metadata.rows
  const [latest] = await tags.find(id, [LATEST])
  return latest ?? (await tags.newest(id, { limit: 1 }))[0]
}

/** The first tags behind a place, at most `limit`, as a list shows them. `latest` is left out of a list of all. */
export async function gatherTags(
  { context }: GalleryServices,
  id: RepositoryId,
  { order, filter, after }: TagQuery,
  limit: number,
): Promise<{ rows: TagRow[]; next: TagKey | undefined }> {
  const { tags, tagOrder } = context.metadata.rows
  const wanted = filter.toLowerCase()
  // `latest` stands first on the first page, and nowhere else.
  const isShown = ({ tag }: TagRow) => (wanted === '' ? tag !== LATEST : tag.toLowerCase().includes(wanted))
  const size = wanted === '' ? limit + 2 : BATCH
  const rows: TagRow[] = []
  let from = after
  for (let looked = 0; looked < LOOKED_THROUGH; looked += size) {
    if (looked > 0) await ownTurn()
    const page = { after: from, limit: size }
    const batch =
      order === 'newest' ? await tags.newest(id, page) : await tagOrder.list(id, { after: from?.tag, limit: size })
    for (const row of batch) {
      if (!isShown(row)) continue
      if (rows.length === limit) return { rows, next: rows.at(-1) }
      rows.push(row)
    }
    if (batch.length < size) return { rows, next: undefined }
    from = batch.at(-1)
  }
  return { rows, next: from }
}

/** The lines of a repository's tags. A tag whose image was deleted meanwhile is left out. */
export async function describeTags(
  { context, facts }: Pick<GalleryServices, 'context' | 'facts'>,
  { id, hidesPulls }: Pick<ShownRepository, 'id' | 'hidesPulls'>,
  rows: readonly TagRow[],
  share: MemoryShare,
): Promise<TagLine[]> {
  const { images, tags, imageConfigs } = context.metadata.rows
  const digests = [...new Set(rows.map(row => row.digest))]
  const found = new Map((await images.find(id, digests)).map(row => [row.digest, row]))
  const own = await imageConfigs.platforms(id, digests)
  const names = rows.map(({ tag }) => tag)
  const pulled = hidesPulls ? undefined : await pullsOfTags(context, { id }, names)
  const platformsOf = async (image: ManifestRow) => {
    if (manifestKind(image.mediaType) === 'index') return facts.platformsOfIndex(image, share)
    const platform = own.get(image.digest)
    return platform === undefined ? [] : [platform]
  }
  const places = new Places(AT_ONCE)
  const more = new Map<Digest, { platforms: readonly string[]; same: readonly Tag[] }>()
  await Promise.all(
    Array.from(found.values(), image =>
      places.use(async () => {
        const same = await tags.firstOf(id, image.digest, SAME_SHOWN + 2)
        more.set(image.digest, { same, platforms: await platformsOf(image) })
      }),
    ),
  )
  return rows.flatMap(({ tag, digest, createdAt }) => {
    const [image, { same, platforms } = { same: [], platforms: [] }] = [found.get(digest), more.get(digest)]
    if (image === undefined) return []
    const pulls = pulled && { lastAt: image.lastPulledAt, count: pulled.get(tag) ?? 0 }
    return [{ tag, createdAt, image, platforms, sameAs: same.filter(each => each !== tag), pulls }]
  })
}
