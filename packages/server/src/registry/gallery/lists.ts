import type { Reader } from '../../domain/may-read.ts'
import type { AccountId, RegistryAlias, RepositoryName } from '../../domain/names.ts'
import { GalleryError } from '../../domain/problem.ts'
import type { RecentKey, ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import { type PageOf, pageOf } from '../page.ts'
import { listMostPulled, type PulledRepository } from './search.ts'
import type { GalleryServices } from './services.ts'

/** Repositories on one page. */
const PAGE = 24

export interface HomeView {
  /** The one that was pushed to last comes first. */
  readonly recent: PageOf<ShownRepository, RecentKey>
  /** On the first page. */
  readonly mostPulled: readonly PulledRepository[]
}

/** The repositories of all publishers. */
export async function showHome(
  services: GalleryServices,
  reader: Reader,
  after: RecentKey | undefined,
): Promise<HomeView> {
  const recent = await listRecent(services, reader, after)
  return { recent, mostPulled: after === undefined ? await listMostPulled(services, reader) : [] }
}

async function listRecent(
  { context, mayRead }: GalleryServices,
  reader: Reader,
  after: RecentKey | undefined,
): Promise<PageOf<ShownRepository, RecentKey>> {
  const found = await context.metadata.rows.shownRepositories.recent({ after, limit: PAGE + 1 })
  const { items, next } = pageOf(found, PAGE, ({ id, lastPushedAt = 0 }) => ({ id, lastPushedAt }))
  return { items: items.filter(repository => mayRead(reader, repository)), next }
}

/** The account whose repositories a page lists. */
export interface Publisher {
  readonly accountId: AccountId
  /** The registry's primary alias, whichever alias was asked for. */
  readonly alias: RegistryAlias
  readonly displayName: string | undefined
  readonly verified: boolean
}

export interface PublisherView {
  readonly publisher: Publisher
  readonly repositories: PageOf<ShownRepository, RepositoryName>
}

/** One publisher with its repositories, sorted by name. @throws GalleryError `publisherNotFound` */
export async function showPublisher(
  { context, mayRead }: GalleryServices,
  reader: Reader,
  alias: RegistryAlias,
  after: RepositoryName | undefined,
): Promise<PublisherView> {
  const { registries, shownRepositories } = context.metadata.rows
  const asked = await registries.findAlias(alias)
  const registry = asked && (await registries.find(asked.accountId))
  if (registry === undefined) throw new GalleryError({ kind: 'publisherNotFound', alias })
  const { accountId, displayName, verified } = registry
  const primary = (await registries.aliases(accountId)).find(row => row.primary)
  const found = await shownRepositories.list(accountId, { after, limit: PAGE + 1 })
  const { items, next } = pageOf(found, PAGE, row => row.name)
  return {
    publisher: { accountId, alias: primary?.alias ?? alias, displayName, verified },
    repositories: { items: items.filter(repository => mayRead(reader, repository)), next },
  }
}
