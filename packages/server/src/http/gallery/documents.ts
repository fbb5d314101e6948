import { formatDay } from '../../ports/clock.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { HomeView, PublisherView } from '../../registry/gallery/lists.ts'
import type { PulledRepository, SearchRequest, SearchResults } from '../../registry/gallery/search.ts'
import type { HistoryView } from '../../registry/gallery/show-history.ts'
import type { ImageView } from '../../registry/gallery/show-image.ts'
import type { RepositoryView } from '../../registry/gallery/show-repository.ts'
import type { PullsByDay } from '../../registry/gallery/shown-pulls.ts'
import type { TagLine, TagPage } from '../../registry/gallery/tag-page.ts'
import { pathOf } from './href.ts'
import { formatRecent } from './pages/home.ts'
import { formatTagKey } from './pages/tags.ts'

/**
 * The documents beside the pages (docs/gallery.md). A member may be added in a version; one that changes or goes makes
 * a new one.
 */
const VERSION = 1

const versioned = (kind: string, members: object) => ({ version: VERSION, kind, ...members })
const isoTime = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())

const repositoryOf = (repository: ShownRepository) => ({
  alias: repository.alias,
  name: repository.name,
  publisher: repository.displayName,
  verified: repository.verified,
  description: repository.catalogData?.description,
  images: repository.imageCount,
  createdAt: isoTime(repository.createdAt),
  lastPushedAt: isoTime(repository.lastPushedAt),
})

const pulledOf = (repository: PulledRepository) => ({ ...repositoryOf(repository), recentPulls: repository.pulls })

const pullsOf = ({ days, recent }: PullsByDay) => ({
  recentPulls: recent,
  pullsByDay: days.map(({ day, pulls }) => ({ day: formatDay(day), pulls })),
})

const tagOf = ({ tag, createdAt, image, platforms, sameAs, pulls }: TagLine) => ({
  tag,
  digest: image.digest,
  mediaType: image.mediaType,
  sizeBytes: image.imageSizeBytes,
  platforms,
  sameAs,
  taggedAt: isoTime(createdAt),
  pushedAt: isoTime(image.pushedAt),
  lastPulledAt: isoTime(pulls?.lastAt),
  pulls: pulls?.count,
})

export const documentOf = {
  home: ({ recent: { items, next }, mostPulled }: HomeView) =>
    versioned('home', {
      repositories: items.map(repositoryOf),
      after: next && formatRecent(next),
      mostPulled: mostPulled.map(pulledOf),
    }),

  search: ({ items, total, isCut, next }: SearchResults, request: SearchRequest) =>
    versioned('search', {
      text: request.text,
      sort: request.order,
      verified: request.isVerified || undefined,
      os: request.operatingSystem,
      arch: request.architecture,
      repositories: items.map(pulledOf),
      total,
      isTotalCut: isCut,
      after: next === undefined ? undefined : String(next),
    }),

  suggest: (names: readonly ShownRepository[], text: string) =>
    versioned('suggest', {
      text: text.slice(0, 500),
      names: names.map(({ alias, name }) => ({ alias, name, path: pathOf.repository({ alias, name }) })),
    }),

  publisher: ({ publisher, repositories }: PublisherView) =>
    versioned('publisher', {
      alias: publisher.alias,
      publisher: publisher.displayName,
      verified: publisher.verified,
      repositories: repositories.items.map(repositoryOf),
      after: repositories.next,
    }),

  repository: ({ repository, main, newest, platforms, pulls }: RepositoryView) =>
    versioned('repository', {
      ...repositoryOf(repository),
      operatingSystems: repository.catalogData?.operatingSystems,
      architectures: repository.catalogData?.architectures,
      platforms,
      aboutText: repository.catalogData?.aboutText,
      usageText: repository.catalogData?.usageText,
      main: main && tagOf(main),
      newest: newest.map(tagOf),
      ...(pulls !== undefined && pullsOf(pulls)),
    }),

  tags: ({ repository, lines, next }: TagPage) =>
    versioned('tags', {
      alias: repository.alias,
      name: repository.name,
      tags: lines.map(tagOf),
      after: next && formatTagKey(next),
    }),

  image: (view: ImageView) => {
    const { repository, image, manifest, config, children } = view
    return versioned('image', {
      alias: repository.alias,
      name: repository.name,
      digest: image.digest,
      mediaType: image.mediaType,
      artifactType: image.artifactType,
      subject: image.subject,
      sizeBytes: image.imageSizeBytes,
      pushedAt: isoTime(image.pushedAt),
      lastPulledAt: isoTime(view.pulls?.lastAt),
      pulls: view.pulls?.count,
      tags: view.tags,
      tagCount: view.tagCount,
      parents: view.parents,
      manifest: { ...manifest, children: undefined },
      children: children.map(({ descriptor, row, platform }) => ({
        ...descriptor,
        platformName: platform,
        isHere: row !== undefined,
        imageSizeBytes: row?.imageSizeBytes,
      })),
      config: typeof config === 'object' ? config : undefined,
      configNotShown: typeof config === 'string' ? config : undefined,
      referrers: view.referrers.map(({ row: { digest, mediaType, artifactType, sizeBytes, pushedAt }, kind }) => ({
        kind,
        digest,
        mediaType,
        artifactType,
        sizeBytes,
        pushedAt: isoTime(pushedAt),
      })),
      hasMoreReferrers: view.hasMoreReferrers,
      attachedTags: view.attachedTags,
    })
  },

  history: ({ repository, tag, current, moves, here }: HistoryView) =>
    versioned('history', {
      alias: repository.alias,
      name: repository.name,
      tag,
      digest: current,
      moves: moves.items.map(({ movedAt, from, to }) => ({
        movedAt: isoTime(movedAt),
        from,
        to,
        fromIsHere: from === undefined ? undefined : here.has(from),
        toIsHere: to === undefined ? undefined : here.has(to),
      })),
      after: moves.next === undefined ? undefined : String(moves.next),
    }),
}
