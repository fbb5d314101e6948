import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Digest } from '../../domain/digest.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId, RepositoryId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'

/** How many images of an index are looked at together: each may have a thousand tags. */
const CHILDREN = 25

export interface OrderOptions {
  readonly repositoryId: RepositoryId
  readonly now: number
  /** Is told of each row when it is known to come along. It may throw, where there are too many. */
  readonly onRow: (row: BinRow) => void
}

/**
 * The rows, each after all that it lists and that is not live, and before what was attached to it without tags and went
 * with it or after it.
 */
export async function inOrder(
  rows: Rows,
  wanted: readonly BinRow[],
  { repositoryId, now, onRow }: OrderOptions,
): Promise<BinRow[]> {
  // The rows are kept by deletion: each deletion of an image may bring its own tags back.
  const ordered = new Map<DeletionId, BinRow>()
  const visit = async (row: BinRow): Promise<void> => {
    if (ordered.has(row.id)) return
    const children = await rows.restorable.children(row.id)
    for (let start = 0; start < children.length; start += CHILDREN) {
      // The transaction is what others wait for: it waits for no long pieces of theirs.
      await nextTurn()
      for (const child of await binned(children.slice(start, start + CHILDREN))) await visit(child)
    }
    // The row may have come along with an image that it lists.
    if (!ordered.has(row.id)) onRow(row)
    ordered.set(row.id, row)
    const attached = await rows.restorable.attached(row, now)
    const there = await rows.images.existing(
      repositoryId,
      attached.map(({ digest }) => digest),
    )
    for (const each of attached) if (!there.has(each.digest)) await visit(each)
  }
  /** The newest deletions of those digests that are not live. */
  const binned = async (digests: readonly Digest[]): Promise<BinRow[]> => {
    const live = await rows.images.existing(repositoryId, digests)
    const gone = digests.filter(digest => !live.has(digest))
    return rows.restorable.newest(repositoryId, gone, now)
  }
  for (const row of wanted) await visit(row)
  return [...ordered.values()]
}
