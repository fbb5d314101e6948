import type { Tag } from '../domain/names.ts'
import { RegistryError } from '../domain/problem.ts'
import type { RegistryContext, RepositoryRef } from './context.ts'

/**
 * Takes one tag away and leaves the image, also when it has no other tag: what DELETE of a tag means on
 * the registry endpoint (Distribution Specification, "Deleting tags"), unlike BatchDeleteImage.
 * @throws RegistryError `manifestUnknown`
 */
export function removeTag({ metadata }: RegistryContext, repository: RepositoryRef, tag: Tag): Promise<void> {
  return metadata.transaction(async rows => {
    const found = await rows.images.findTags(repository.id, [tag])
    if (found.length === 0) throw new RegistryError({ kind: 'manifestUnknown', reference: tag })
    await rows.images.deleteTags(repository.id, [tag])
  })
}
