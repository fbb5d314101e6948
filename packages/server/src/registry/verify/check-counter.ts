import type { RepositoryCount } from '../../ports/inventory-rows.ts'
import type { Finding, Inspection } from './inspection.ts'

/** The count of images that the repository keeps. Repair counts anew. */
export async function* checkCounter(
  { context, repair }: Inspection,
  repository: RepositoryCount,
): AsyncGenerator<Finding> {
  const { id, path, imageCount, images } = repository
  if (imageCount === images) return
  if (repair) await context.metadata.transaction(({ inventory }) => inventory.recount(id))
  yield {
    kind: 'wrongCounter',
    subject: path,
    detail: `${imageCount} images where ${images} are there`,
    mended: repair,
  }
}
