import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import type { SettingValues } from '../config/settings.ts'
import type { Digest } from '../domain/digest.ts'
import type { RepositoryId } from '../ports/rows/common.ts'
import { countFreed, type Freed } from '../registry/deletions/count-freed.ts'
import { openOnThread } from '../storage/open-on-thread.ts'

/** The place to count in. */
export interface CountTask {
  readonly config: SettingValues
  readonly repositoryId: RepositoryId
  readonly binUntil: number
}

/** The images to count, once they are known: the one message that this thread gets. */
export interface CountOrder {
  readonly digests: readonly Digest[]
  readonly withinMs: number
}

/** The message of the thread. It sends none where that would come too late. */
export type CountNews = { readonly freed: Freed } | { readonly error: unknown }

const CONNECTIONS = 1
/** How many images or blobs one question is about. Nobody waits for a turn of this thread. */
const PIECE = 1_000
/** The most references that are read. They are held until they are counted, each with a digest. */
const MOST = 300_000

const { config, repositoryId, binUntil } = workerData as CountTask
const tell = (news: CountNews) => parentPort?.postMessage(news)

/** What is ordered, and until when, by the clock of this thread: the message may come while the database is opened. */
const ordered =
  parentPort &&
  once(parentPort, 'message').then(
    ([order]: CountOrder[]) => order && { ...order, endsAt: performance.now() + order.withinMs },
  )
try {
  await using registry = await openOnThread(config, CONNECTIONS)
  const order = await ordered
  if (order && order.digests.length > 0) {
    const images = order.digests.map(digest => ({ digest, imageSizeBytes: 0 }))
    const withinMs = order.endsAt - performance.now()
    const freed = await countFreed(registry, repositoryId, images, { binUntil, withinMs, piece: PIECE, most: MOST })
    if (!freed.isAtMost) tell({ freed })
  }
} catch (error) {
  tell({ error })
}
