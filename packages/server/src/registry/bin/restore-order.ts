import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId, RepositoryId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'

/**
 * The rows, each after all that it lists and that is not live, and before what was attached to it without tags and went
 * with it or after it.
 */
export async function inOrder(
  rows: Rows,
  repositoryId: RepositoryId,
  wanted: readonly BinRow[],
  now: number,
): Promise<BinRow[]> {
  // By deletion: of an image that was deleted twice, each may bring its own tags back.
  const ordered = new Map<DeletionId, BinRow>()
  const visit = async (row: BinRow): Promise<void> => {
    if (ordered.has(row.id)) return
    const children = await rows.restorable.children(row.id)
    const live = await rows.images.existing(repositoryId, children)
    const binned = await rows.restorable.newest(
      repositoryId,
      children.filter(child => !live.has(child)),
      now,
    )
    for (const child of binned) await visit(child)
    ordered.set(row.id, row)
    const attached = await rows.restorable.attached(row, now)
    const there = await rows.images.existing(
      repositoryId,
      attached.map(({ digest }) => digest),
    )
    for (const each of attached) if (!there.has(each.digest)) await visit(each)
  }
  for (const row of wanted) await visit(row)
  return [...ordered.values()]
}
