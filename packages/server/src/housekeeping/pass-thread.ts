import { parentPort, workerData } from 'node:worker_threads'
import type { SettingValues } from '../config/settings.ts'
import { type CoreProblem, isOutage } from '../domain/problem.ts'
import type { PassRow } from '../ports/rows/upkeep/passes.ts'
import { Removals } from '../registry/blobs/removals.ts'
import type { ExpiredUploads } from '../registry/blobs/uploads.ts'
import { openOnThread } from '../storage/open-on-thread.ts'
import { runLifecyclePolicies } from './lifecycle-runner.ts'
import { runPass } from './run-pass.ts'

/** The task of the thread. `ended` are the uploads that the server has given up: it knows which are at work. */
export interface PassTask {
  readonly config: SettingValues
  readonly ended: ExpiredUploads
}

/** The messages of the thread: each error as it comes, and the pass when it is done. */
export type PassNews =
  | { readonly error: unknown; readonly outage: CoreProblem | undefined }
  | { readonly pass: PassRow }

/**
 * The most connections of the thread, which takes one step after the other. They come beside the server's own, and
 * PostgreSQL has few for all of them.
 */
const CONNECTIONS = 2

const { config, ended } = workerData as PassTask
const tell = (news: PassNews) => parentPort?.postMessage(news)
// A problem loses its class on the way between threads.
const onError = (error: unknown) => tell({ error, outage: isOutage(error) ? error.problem : undefined })
const ending = new AbortController()
const { signal } = ending
// Any message means: stop before the next transaction.
parentPort?.once('message', () => ending.abort())

await using registry = await openOnThread(config, CONNECTIONS)
const { context } = registry
const imagesExpired = await runLifecyclePolicies(context, { onError, signal }).catch(error => {
  onError(error)
  return 0
})
const removals = new Removals(context, onError, { signal, sparesDisk: config.blobs === 'files' })
tell({ pass: await runPass({ context, removals }, { ended, ranBy: 'server', imagesExpired, signal, onError }) })
parentPort?.close()
