import type { ImagePath } from '../../domain/image-path.ts'
import type { Reader } from '../../domain/may-read.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import { type GalleryServices, requireReadable } from './services.ts'
import { type PullsByDay, showPulls } from './shown-pulls.ts'
import { describeTags, findMainTag, type TagLine } from './tag-page.ts'

/** Tags beside the texts of a repository. */
const NEWEST = 5
const PLATFORMS = 20

export interface RepositoryView {
  readonly repository: ShownRepository
  /** The tag that pull commands name: `latest`, or else the tag that moved last. Undefined where there is no tag. */
  readonly main: TagLine | undefined
  readonly newest: readonly TagLine[]
  /** The platforms that images of the repository have, whatever the publisher says; at most 20. */
  readonly platforms: readonly string[]
  /** Undefined where its registry hides that. */
  readonly pulls: PullsByDay | undefined
}

/** Everything that the page of a repository shows. @throws RegistryError `repositoryNotFound` */
export async function showRepository(
  services: GalleryServices,
  reader: Reader,
  path: ImagePath,
  share: MemoryShare,
): Promise<RepositoryView> {
  const repository = await requireReadable(services, reader, path)
  const { tags, imageConfigs } = services.context.metadata.rows
  const row = await findMainTag(services, repository.id)
  const rows = row === undefined ? [] : await tags.newest(repository.id, { limit: NEWEST })
  const [main] = row === undefined ? [] : await describeTags(services, repository, [row], share)
  return {
    repository,
    main,
    newest: await describeTags(services, repository, rows, share),
    platforms: await imageConfigs.ofRepository(repository.id, PLATFORMS),
    pulls: await showPulls(services.context, repository),
  }
}
