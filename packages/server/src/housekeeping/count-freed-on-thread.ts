import { Worker } from 'node:worker_threads'
import type { SettingValues } from '../config/settings.ts'
import type { RegistryContext } from '../registry/context.ts'
import { atMost, type CountFreed, type Counting, countHere, type Freed } from '../registry/deletions/count-freed.ts'
import { Places } from '../registry/places.ts'
import type { CountNews, CountOrder, CountTask } from './count-freed-thread.ts'

/** At work at once, since each takes memory; others wait, and tell a bound where that takes too long. */
const THREADS = 1
/** The heap of a thread in MiB. A thread that needs more ends, and not the server. */
const HEAP_MB = 192
/** How few images are counted before a thread would have begun. */
const FEW = 200

/**
 * Counts for many images in a thread, so that requests wait for none of it. A database that all servers share counts by
 * itself, and is asked from here.
 */
export function countOnThread(config: SettingValues, context: RegistryContext): CountFreed {
  const places = new Places(THREADS)
  const here = countHere(context)
  return async counting => {
    if (counting.expected <= FEW || context.metadata.isShared) return here(counting)
    const endsAt = performance.now() + counting.withinMs
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<undefined>(resolve => {
      timer = setTimeout(() => resolve(undefined), counting.withinMs)
    })
    // A thread that failed, as for want of memory, has counted nothing. What comes later is for nobody.
    const counted = places.use(() => runThread(config, counting, endsAt)).catch(() => undefined)
    try {
      return (await Promise.race([counted, over])) ?? atMost(await counting.images, counting.binUntil)
    } finally {
      clearTimeout(timer)
    }
  }
}

/**
 * Runs the count in a thread. Undefined where it is not over at `endsAt`, a time of `performance.now`. A thread ends by
 * itself: one that is ended from here, while it is in SQLite, may take the process with it.
 */
function runThread(
  config: SettingValues,
  { repositoryId, binUntil, images }: Counting,
  endsAt: number,
): Promise<Freed | undefined> {
  if (performance.now() >= endsAt) return Promise.resolve(undefined)
  // The thread opens the database while the images are still looked for.
  const thread = new Worker(new URL('./count-freed-thread.js', import.meta.url), {
    workerData: { config, repositoryId, binUntil } satisfies CountTask,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  const order = (digests: CountOrder['digests']) =>
    thread.postMessage({ digests, withinMs: endsAt - performance.now() } satisfies CountOrder)
  images.then(
    found => order(found.map(image => image.digest)),
    () => order([]),
  )
  return new Promise((resolve, reject) => {
    let freed: Freed | undefined
    thread.on('message', (news: CountNews) => {
      if ('freed' in news) freed = news.freed
      else reject(news.error)
    })
    thread.once('error', reject)
    thread.once('exit', () => resolve(freed))
  })
}
