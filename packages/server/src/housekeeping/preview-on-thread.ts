import { Worker } from 'node:worker_threads'
import type { SettingValues } from '../config/settings.ts'
import { RegistryError } from '../domain/problem.ts'
import type { ExpiringImage } from '../registry/lifecycle/evaluation.ts'
import type { FindExpiring } from '../registry/lifecycle/previews.ts'
import { Places } from '../registry/places.ts'
import type { PreviewNews, PreviewTask } from './preview-thread.ts'

/**
 * How many threads are at work at once; other previews wait. A policy may have thousands of patterns, and a repository
 * millions of tags.
 */
const THREADS = 2
/** Milliseconds after which the policy or the repository is too large to be looked at while somebody waits. */
const PATIENCE_MS = 60_000
/** The heap of a thread in MiB. A thread that needs more ends, and not the server. */
const HEAP_MB = 192

/** Evaluates rules in a thread, so that requests wait for no pattern. */
export function previewOnThread(config: SettingValues): FindExpiring {
  const places = new Places(THREADS)
  return (repository, policyText, at) => {
    const task = { config, repositoryId: repository.id, policyText, at }
    return new Promise((resolve, reject) => {
      // The place is free again once the thread is gone, also where nobody waits for it any more.
      places.use(() => runThread(task, { resolve, reject })).catch(reject)
    })
  }
}

interface Outcome {
  readonly resolve: (found: readonly ExpiringImage[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Resolves when the thread has ended. One that takes too long is ended once it is done with the database: while it is
 * in SQLite, to end it from here may take the process with it.
 */
function runThread(task: PreviewTask, { resolve, reject }: Outcome): Promise<void> {
  const thread = new Worker(new URL('./preview-thread.js', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  const found: ExpiringImage[] = []
  let noteRead = () => {}
  const hasRead = new Promise<void>(settle => {
    noteRead = settle
  })
  const timer = setTimeout(() => {
    reject(tooLarge())
    void hasRead.then(() => thread.terminate())
  }, PATIENCE_MS)
  thread.on('message', (news: PreviewNews) => {
    if ('hasRead' in news) noteRead()
    else if ('images' in news) found.push(...news.images)
    else reject('problem' in news ? new RegistryError(news.problem) : news.error)
  })
  thread.once('error', error =>
    reject('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge(error) : error),
  )
  return new Promise(over => {
    thread.once('exit', () => {
      clearTimeout(timer)
      resolve(found)
      over()
    })
  })
}

const tooLarge = (cause?: unknown) =>
  new RegistryError(
    {
      kind: 'unavailable',
      what: 'The preview takes too long: rules with fewer patterns, or a repository with fewer tags, take less.',
      retryAfterSeconds: 60,
    },
    { cause },
  )
