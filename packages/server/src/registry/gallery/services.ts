import type { ImagePath } from '../../domain/image-path.ts'
import type { MayRead, Reader } from '../../domain/may-read.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { RegistryContext } from '../context.ts'
import type { FactsOfImages } from './facts-of-images.ts'

/** What the gallery's queries work with. */
export interface GalleryServices {
  readonly context: RegistryContext
  /** The rule that is asked of every repository before anything of it is told. */
  readonly mayRead: MayRead
  readonly facts: FactsOfImages
}

/**
 * The repository at a path, for a reader who may know of it. To others it is not there.
 * @throws RegistryError `repositoryNotFound`
 */
export async function requireReadable(
  { context, mayRead }: GalleryServices,
  reader: Reader,
  { alias, name }: ImagePath,
): Promise<ShownRepository> {
  const found = await context.metadata.rows.shownRepositories.find(alias, name)
  if (found === undefined || !mayRead(reader, found))
    throw new RegistryError({ kind: 'repositoryNotFound', name, registryId: alias })
  return found
}
