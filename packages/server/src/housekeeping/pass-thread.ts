import { parentPort, workerData } from 'node:worker_threads'
import type { SettingValues } from '../config/settings.ts'
import type { PassRow } from '../ports/rows/upkeep/passes.ts'
import { Removals } from '../registry/blobs/removals.ts'
import type { Uploads } from '../registry/blobs/uploads.ts'
import { openRegistry } from '../storage/open-registry.ts'
import { Collector } from './collector.ts'
import { runLifecyclePolicies } from './lifecycle-runner.ts'
import { runPass } from './run-pass.ts'

/** What the thread is to do: `ended` are the uploads that the server, which knows those at work, has given up. */
export interface PassTask {
  readonly config: SettingValues
  readonly ended: Awaited<ReturnType<Uploads['expire']>>
}

/** What the thread tells: errors as they come, and the pass when it is done. */
export type PassNews = { readonly error: unknown } | { readonly pass: PassRow }

const CONNECTIONS = 2

const { config, ended } = workerData as PassTask
const tell = (news: PassNews) => parentPort?.postMessage(news)
const onError = (error: unknown) => tell({ error })
const ending = new AbortController()
const { signal } = ending
// Any message means: stop before the next transaction.
parentPort?.once('message', () => ending.abort())

// One step after the other, beside the server's own connections: PostgreSQL has few for all of them. The tables are as the
// server found or made them, or further on: while servers are upgraded one after the other, the older ones go on.
const options = { connections: CONNECTIONS, isUpToDate: true, isBackground: true }
await using registry = await openRegistry(config, { principal: 'berthd', via: 'admin' }, options)
const { context } = registry
await runLifecyclePolicies(context, config.lifecycleMinutes * 60_000, { onError, signal }).catch(onError)
const uploads = { expire: async () => ended }
const removals = new Removals(context, onError, { signal, sparesDisk: config.blobs === 'files' })
const collector = new Collector(context, removals)
tell({ pass: await runPass({ context, uploads, collector }, { ranBy: 'server', signal, onError }) })
parentPort?.close()
