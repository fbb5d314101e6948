import { schedulePasses } from '../housekeeping/schedule-passes.ts'
import { removeAddress, writeAddress } from '../storage/address-file.ts'
import { credentialsFile } from '../storage/credentials-file.ts'
import type { Listening } from './listen.ts'
import type { ServedRegistry } from './open.ts'
import type { ServerProcess } from './server-process.ts'
import type { Surfaces } from './surfaces.ts'
import type { UseCases } from './use-cases.ts'
import { welcome } from './welcome.ts'

const PULL_TIMES_MS = 60 * 1000

export interface RunningParts {
  readonly berthd: ServerProcess
  readonly registry: ServedRegistry
  readonly useCases: UseCases
  readonly surfaces: Surfaces
  readonly listening: Listening
}

/** Does the background work until the requests in flight have their answers, and then what must not be left undone. */
export async function run({ berthd, registry, useCases, surfaces, listening }: RunningParts): Promise<void> {
  const { config, log, ending } = berthd
  const { uploads, removals, pullTimes } = useCases
  const { metrics, collectorMetrics } = surfaces
  const { url, metricsUrl, stopped } = listening
  const credentials = credentialsFile(registry.dataDir)
  await writeAddress(registry.dataDir, url)
  process.stdout.write(await welcome({ url, metricsUrl, registry, credentials }))
  const writingPullTimes = setInterval(() => void pullTimes.flush(), PULL_TIMES_MS)
  const passes = schedulePasses({
    config,
    context: registry.context,
    uploads,
    removals,
    signal: ending.signal,
    onPass: pass => {
      collectorMetrics.add(pass)
      log.info({ pass }, 'what nothing needs was collected')
    },
    onError: error => log.error({ err: error }, 'collecting failed; trying again later'),
    warn: (details, what) => log.warn(details, what),
  })
  await stopped
  await removeAddress(registry.dataDir)
  metrics?.close().closeAllConnections()
  ending.abort()
  await passes
  clearInterval(writingPullTimes)
  await pullTimes.flush()
  await removals.emptyJournal() // only what is under way: the journal keeps the rest
}
