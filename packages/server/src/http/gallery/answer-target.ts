import type { Reader } from '../../domain/may-read.ts'
import { isRepositoryName, isTag } from '../../domain/names.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { RecentKey } from '../../ports/rows/gallery/shown-repositories.ts'
import { showHome, showPublisher } from '../../registry/gallery/lists.ts'
import { searchRepositories } from '../../registry/gallery/search.ts'
import type { GalleryServices } from '../../registry/gallery/services.ts'
import { showHistory } from '../../registry/gallery/show-history.ts'
import { showImage } from '../../registry/gallery/show-image.ts'
import { showRepository } from '../../registry/gallery/show-repository.ts'
import { showTags, type TagKey, type TagQuery } from '../../registry/gallery/tag-page.ts'
import { documentOf } from './documents.ts'
import type { RenderMarkdown } from './markdown/render-markdown.ts'
import { historyPage } from './pages/history.ts'
import { homePage } from './pages/home.ts'
import { imagePage } from './pages/image.ts'
import type { Page, PageContext } from './pages/layout.ts'
import { publisherPage } from './pages/publisher.ts'
import { repositoryPage } from './pages/repository.ts'
import { readSearch, searchPage } from './pages/search.ts'
import { tagsPage } from './pages/tags.ts'
import type { Target } from './parse-path.ts'

export interface GalleryParts {
  readonly services: GalleryServices
  readonly reader: Reader
  readonly renderMarkdown: RenderMarkdown
}

export type ShownTarget = Extract<
  Target,
  { kind: 'home' | 'publisher' | 'repository' | 'tags' | 'image' | 'history' | 'search' }
>

export interface Asked {
  readonly target: ShownTarget
  readonly query: URLSearchParams
  readonly share: MemoryShare
  readonly context: PageContext
}

/** What was found, as a document, and as a page for clients that want one. */
export interface Found {
  readonly document: object
  readonly page: () => Page | Promise<Page>
}

/** The most characters of a filter. A longer one finds nothing: a tag has at most 128 characters. */
const FILTER_LIMIT = 128

/**
 * Finds what a path leads to. @throws RegistryError `repositoryNotFound`, `unavailable`; GalleryError
 * `publisherNotFound`, `imageUnknown`
 */
export async function answerTarget({ services, reader, renderMarkdown }: GalleryParts, asked: Asked): Promise<Found> {
  const { target, query, share, context } = asked
  switch (target.kind) {
    case 'home': {
      const after = readRecent(query.get('after'))
      const view = await showHome(services, reader, after)
      return { document: documentOf.home(view), page: () => homePage(view, after === undefined, context) }
    }
    case 'search': {
      const request = readSearch(query)
      const found = await searchRepositories(services, reader, request)
      return { document: documentOf.search(found, request), page: () => searchPage(found, request) }
    }
    case 'publisher': {
      const text = query.get('after') ?? ''
      const after = isRepositoryName(text) ? text : undefined
      const view = await showPublisher(services, reader, target.alias, after)
      return { document: documentOf.publisher(view), page: () => publisherPage(view, after === undefined, context) }
    }
    case 'repository': {
      const view = await showRepository(services, reader, target.path, share)
      return { document: documentOf.repository(view), page: () => repositoryPage(view, renderMarkdown, context) }
    }
    case 'tags': {
      const tagQuery = readTagQuery(query)
      const found = await showTags(services, reader, target.path, tagQuery, share)
      return { document: documentOf.tags(found), page: () => tagsPage(found, tagQuery) }
    }
    case 'image': {
      const view = await showImage(services, reader, target.path, target.reference, share)
      return { document: documentOf.image(view), page: () => imagePage(view, context) }
    }
    case 'history': {
      const after = readNumber(query.get('after'))
      const view = await showHistory(services, reader, target.path, { tag: target.tag, after })
      return { document: documentOf.history(view), page: () => historyPage(view, after === undefined) }
    }
  }
}

/** Reads where a list begins. A text of another form begins it at the beginning. */
function readRecent(text: string | null): RecentKey | undefined {
  const [, at, id] = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? '') ?? []
  return at === undefined ? undefined : { lastPushedAt: Number(at), id: Number(id) as RepositoryId }
}

const readNumber = (text: string | null): number | undefined =>
  /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined

function readTagQuery(query: URLSearchParams): TagQuery {
  return {
    order: query.get('sort') === 'name' ? 'name' : 'newest',
    filter: (query.get('q') ?? '').trim().slice(0, FILTER_LIMIT),
    after: readTagKey(query.get('after')),
  }
}

/** A place in a list of tags, as `formatTagKey` writes it. */
export function readTagKey(text: string | null): TagKey | undefined {
  const [, at, tag = ''] = /^(\d{1,15})-(.+)$/.exec(text ?? '') ?? []
  return at !== undefined && isTag(tag) ? { createdAt: Number(at), tag } : undefined
}
