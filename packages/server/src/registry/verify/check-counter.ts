import type { RepositoryCount, RepositoryTotals } from '../../ports/rows/upkeep/inventory.ts'
import type { Finding, Inspection } from './inspection.ts'

/** Compares the counts that the repository keeps, of its images and of its bin. Repair counts anew. */
export async function* checkCounter(
  { context, repair }: Inspection,
  { id, path, kept, counted }: RepositoryCount,
): AsyncGenerator<Finding> {
  const [says, has] = [words(kept), words(counted)]
  if (says === has) return
  if (repair) await context.metadata.transaction(({ inventory }) => inventory.recount(id))
  yield { kind: 'wrongCounter', subject: path, detail: `${says} where ${has} are there`, mended: repair }
}

const words = ({ images, binImages, binBytes }: RepositoryTotals) =>
  `${images} images and ${binImages} in the bin (${binBytes} bytes)`
