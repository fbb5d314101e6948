import type { Actor } from '../../domain/actor.ts'
import type { Digest } from '../../domain/digest.ts'
import type { Tag } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { LostTag, TagMove } from '../../ports/rows/images/tag-history.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { binMs } from '../bin/bin.ts'
import type { RegistryContext } from '../context.ts'
import { inPieces } from '../pace.ts'

/** How many moves are removed in one transaction. */
const BATCH = 500

/**
 * Remembers where tags led, for as many days as the bin keeps images. The transaction that moves the tags calls it. A
 * tag that goes into the bin with its image is no move. No answer of the call tells of the history.
 */
export async function recordTagMoves(
  context: RegistryContext,
  rows: Rows,
  actor: Actor,
  repository: RepositoryRow,
  moves: readonly Pick<TagMove, 'tag' | 'from' | 'to'>[],
  movedAt: number,
): Promise<void> {
  if (moves.length === 0) return
  const ms = await binMs(context, rows, repository)
  if (ms === 0) return
  const { id: repositoryId, accountId } = repository
  const common = { repositoryId, accountId, movedAt, movedBy: actor.principal, keepUntil: movedAt + ms }
  await rows.tagHistory.append(moves.map(move => ({ ...move, ...common })))
}

/** The lost tags of one repository that can be put back: their image is live or in the bin, and lacks them. */
export async function restorable(
  rows: Rows,
  repositoryId: RepositoryId,
  lost: readonly LostTag[],
  now: number,
): Promise<LostTag[]> {
  const digests = [...new Set(lost.map(row => row.from))]
  const there = new Set<Digest>(await rows.images.existing(repositoryId, digests))
  const gone = digests.filter(digest => !there.has(digest))
  for (const { digest } of await rows.restorable.newest(repositoryId, gone, now)) there.add(digest)
  const tags = [...new Set(lost.map(row => row.tag))]
  const held = new Map<Tag, Digest>((await rows.tags.find(repositoryId, tags)).map(row => [row.tag, row.digest]))
  return lost.filter(({ tag, from }) => there.has(from) && held.get(tag) !== from)
}

/** Deletes the moves whose time is over, until `signal` ends it. Returns how many went. */
export function forgetTagMoves({ metadata, clock }: RegistryContext, signal?: AbortSignal): Promise<number> {
  return inPieces(metadata, (rows, size) => rows.tagHistory.removeDue(clock.now(), size), { most: BATCH, signal })
}

/** Gives up the repository's lost tags for good, as when its bin is emptied. */
export async function giveUpLostTags({ metadata, clock }: RegistryContext, repositoryId: RepositoryId): Promise<void> {
  const [any] = await metadata.rows.tagHistory.lost(repositoryId, { limit: 1, notDueAt: clock.now() })
  if (any === undefined) return
  const giveUp = (rows: Rows, size: number) => rows.tagHistory.giveUp(repositoryId, size)
  await inPieces(metadata, giveUp, { most: BATCH, isAwaited: true })
}
