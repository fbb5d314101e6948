import { isOutage } from '../domain/problem.ts'
import { keepSearch } from '../housekeeping/keep-search.ts'
import { runImageJobs } from '../housekeeping/run-image-jobs.ts'
import { schedulePasses } from '../housekeeping/schedule-passes.ts'
import { removeAddress, writeAddress } from '../storage/address-file.ts'
import { credentialsFile } from '../storage/credentials-file.ts'
import type { Listening } from './listen.ts'
import { type StartFacts, startText } from './messages.ts'
import type { ServedRegistry } from './open.ts'
import type { ServerProcess } from './server-process.ts'
import type { Surfaces } from './surfaces.ts'
import type { UseCases } from './use-cases.ts'

const PULL_NOTES_MS = 60 * 1000

export interface RunningParts {
  readonly berthd: ServerProcess
  readonly registry: ServedRegistry
  readonly useCases: UseCases
  readonly surfaces: Surfaces
  readonly listening: Listening
}

/**
 * Does the background work until the requests in flight have their answers, and afterwards what must not be left
 * undone. Resolves with the number of requests that were cut off.
 */
export async function run({ berthd, registry, useCases, surfaces, listening }: RunningParts): Promise<number> {
  const { config, log, ending, disks, noteOutage } = berthd
  const { uploads, removals, pullNotes, describer } = useCases
  const { metrics, collectorMetrics } = surfaces
  const { url, metricsUrl, stopped } = listening
  // A full disk is no reason not to serve: `berth configure --local` then asks for the address.
  await writeAddress(registry.dataDir, url).catch(error => log.warn({ err: error }, 'the address could not be written'))
  const first = await firstRegistry(registry)
  process.stdout.write(startText({ config, url, metricsUrl, first, isTerminal: process.stdout.isTTY === true }))
  using _watching = disks.start(() => keepRoom(berthd, registry))
  await disks.look()
  const writingPullNotes = setInterval(() => void pullNotes.flush(), PULL_NOTES_MS)
  const searching = config.gallery
    ? keepSearch(registry.context, {
        signal: ending.signal,
        onError: error =>
          isOutage(error) ? noteOutage(error, {}) : log.error({ err: error }, 'search could not be brought up to date'),
      })
    : undefined
  const passes = schedulePasses({
    config,
    context: registry.context,
    uploads,
    removals,
    signal: ending.signal,
    onPass: pass => {
      collectorMetrics.add(pass)
      log.info(
        { pass: { ...pass, startedAt: new Date(pass.startedAt).toISOString() } },
        'what nothing needs was collected',
      )
    },
    onError: error =>
      isOutage(error) ? noteOutage(error, {}) : log.error({ err: error }, 'collecting failed; trying again later'),
    warn: (details, what) => log.warn(details, what),
  })
  const jobs = runImageJobs(registry.context, {
    signal: ending.signal,
    onEnd: (job, state) => {
      collectorMetrics.addJob(state)
      const { kind, items, failed, images, tags, reason } = job
      log.info({ job: { kind, state, items, failed, images, tags, reason } }, 'a job on images has ended')
    },
    onError: error => (isOutage(error) ? noteOutage(error, {}) : log.error({ err: error }, 'a job on images failed')),
  })
  const cut = await stopped
  await removeAddress(registry.dataDir)
  metrics?.close().closeAllConnections()
  ending.abort()
  await Promise.all([passes, jobs, searching, describer?.ended()])
  clearInterval(writingPullNotes)
  await pullNotes.flush()
  await removals.emptyJournal() // the removals under way end; the journal keeps the rest
  return cut
}

/** Tells of a database whose disk is full, which is not one of those that are watched. */
async function keepRoom({ log, noteOutage }: ServerProcess, { metadata }: ServedRegistry): Promise<void> {
  const wasFull = metadata.isFull?.() === true
  await metadata.keepRoom?.().catch(error => noteOutage(error, {}))
  if (wasFull && metadata.isFull?.() === false) log.warn('the database has room again, and pushes are taken')
}

async function firstRegistry({ firstAccount, metadata, dataDir }: ServedRegistry): Promise<StartFacts['first']> {
  if (firstAccount === undefined) return undefined
  const aliases = await metadata.rows.registries.aliases(firstAccount)
  const alias = aliases.find(({ primary }) => primary)?.alias ?? firstAccount
  return { alias, credentials: credentialsFile(dataDir), dataDir }
}
