import type { Digest } from '../../domain/digest.ts'
import type { Page } from '../../ports/rows/common.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { everyRow } from '../every-page.ts'

/** Blobs of a repository that no image needs any more, and that the collector has not taken yet. */
interface Uncollected {
  readonly blobs: number
  readonly bytes: number
  /** When the last of their leases ends, or now. Milliseconds since 1970. */
  readonly until: number
}

/** The most blobs that are looked at: a repository may have hundreds of thousands, and somebody waits. */
const MOST = 10_000

/** Counts such blobs, at most `MOST` of them. Undefined where there are none. */
export async function findUncollected(
  { metadata, clock }: RegistryContext,
  { id }: Pick<RepositoryRef, 'id'>,
): Promise<Uncollected | undefined> {
  const now = clock.now()
  const list = (page: Page<Digest>) => metadata.rows.reviews.unneededOf(id, now, page)
  let [blobs, bytes, until] = [0, 0, now]
  for await (const { sizeBytes, reviewAfter } of everyRow(list, row => row.digest)) {
    blobs += 1
    bytes += sizeBytes
    until = Math.max(until, reviewAfter)
    if (blobs === MOST) break
  }
  return blobs === 0 ? undefined : { blobs, bytes, until }
}
