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
  return (repository, policyText, at) =>
    places.use(() => runThread({ config, repositoryId: repository.id, policyText, at }))
}

function runThread(task: PreviewTask): Promise<readonly ExpiringImage[]> {
  const thread = new Worker(new URL('./preview-thread.js', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  const found: ExpiringImage[] = []
  return new Promise<readonly ExpiringImage[]>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(tooLarge())
      void thread.terminate()
    }, PATIENCE_MS)
    thread.on('message', (news: PreviewNews) => {
      if ('images' in news) found.push(...news.images)
      else reject('problem' in news ? new RegistryError(news.problem) : news.error)
    })
    thread.once('error', error =>
      reject('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge(error) : error),
    )
    thread.once('exit', () => {
      clearTimeout(timer)
      resolve(found)
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
