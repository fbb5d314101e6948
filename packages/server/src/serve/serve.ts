import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { Server as TlsServer } from 'node:https'
import { join, resolve } from 'node:path'
import { pino } from 'pino'
import { parseAddressRanges } from '../config/address-ranges.ts'
import type { SettingValues } from '../config/settings.ts'
import { previewOnThread } from '../housekeeping/preview-on-thread.ts'
import { keepHouse } from '../housekeeping/schedule-passes.ts'
import { createChallenge } from '../http/access/bearer/challenge.ts'
import { createControlAccess } from '../http/access/control-caller.ts'
import { createRegistryAccess } from '../http/access/registry-caller.ts'
import { logRequests } from '../http/access-log.ts'
import { BodyFiles } from '../http/bodies/body-files.ts'
import { createClientOf } from '../http/client.ts'
import { createControlHandler } from '../http/control/dispatch.ts'
import { createCounter } from '../http/count-requests.ts'
import { createLogoHandler } from '../http/logo-handler.ts'
import { MemoryBudget } from '../http/memory-budget.ts'
import { CollectorMetrics } from '../http/metrics/collector-metrics.ts'
import { memoryMetrics } from '../http/metrics/memory-metrics.ts'
import { createMetricsServer } from '../http/metrics/metrics-server.ts'
import { processMetrics } from '../http/metrics/process-metrics.ts'
import { observeRequests } from '../http/metrics/request-metrics.ts'
import { createOnPush } from '../http/oci/create-on-push.ts'
import { createOciHandler } from '../http/oci/handler.ts'
import { createRedirectPull } from '../http/oci/redirect-pulls.ts'
import { createTokenHandler } from '../http/oci/token.ts'
import { createOrigins } from '../http/origins.ts'
import { adviseOnProxies } from '../http/proxy-advice.ts'
import { createHttpServer } from '../http/server.ts'
import { monotonicClock } from '../ports/clock.ts'
import { Passwords } from '../registry/access/passwords.ts'
import { RateLimits } from '../registry/access/rate-limits.ts'
import { RATE_PLANS } from '../registry/access/rate-plans.ts'
import { Removals } from '../registry/blobs/removals.ts'
import { Uploads } from '../registry/blobs/uploads.ts'
import { Pulls } from '../registry/images/pull.ts'
import { PullTimes } from '../registry/images/pull-times.ts'
import { credentialsFile, writeCredentials } from '../storage/credentials-file.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { openRegistry } from '../storage/open-registry.ts'
import { checkSecretKey } from '../storage/secret-key.ts'
import { limitConnections, usualConnections } from './connection-limit.ts'
import { listen } from './listen.ts'
import { createReadiness } from './readiness.ts'
import { runUntilSignal } from './run-until-signal.ts'
import { readTlsFiles, renewIdentity } from './tls-files.ts'
import { tuneRuntime } from './tune-runtime.ts'
import { VERSION } from './version.ts'
import { tour } from './welcome.ts'

const MINUTE_MS = 60 * 1000
const HOUR_MS = 60 * MINUTE_MS
const PULL_TIMES_MS = MINUTE_MS
/** What clients together can make the server hold. */
const MEMORY_BYTES = 128 * 1024 * 1024
/** What long bodies take in the data folder until they are complete. */
const BODY_FILES_BYTES = 1024 * 1024 * 1024

/** Runs the registry until a signal comes and the requests in flight have their answers. */
export async function serve(config: SettingValues): Promise<void> {
  tuneRuntime()
  const log = pino({ level: config['log.level'] }, pino.destination({ fd: 2, sync: true }))
  const { maxConnections = usualConnections() } = config
  const tls = await readTlsFiles(config)
  using _ = await lockFolder(resolve(config.dataDir))
  const memory = new MemoryBudget({ limitBytes: MEMORY_BYTES })
  await using registry = await openRegistry(
    config,
    { principal: 'berthd', via: 'admin' },
    { memory, warn: what => log.warn(what) },
  )
  const { context, accounts, sealer, signingKeys, dataDir } = registry

  for (const policy of registry.unbound) log.warn(policy, 'a repository policy names principals that are not here')
  const first = await accounts.bootstrap(config.createOnPush, {
    keep: key => writeCredentials(dataDir, key),
    discard: () => rm(credentialsFile(dataDir)),
  })
  await checkSecretKey(() => signingKeys.current())

  const bodyFiles = new BodyFiles(join(dataDir, 'bodies'), BODY_FILES_BYTES)
  const idleMs = config.idleSeconds * 1000
  const windowMs = idleMs / 2
  const stopping = new AbortController()
  const ending = new AbortController()
  const removals = new Removals(
    context,
    error => log.error({ err: error }, 'removing bytes failed; trying again later'),
    { signal: ending.signal },
  )
  const pullTimes = new PullTimes(context, error => log.error({ err: error }, 'writing pull times failed'))
  const uploads = new Uploads(context, removals)
  const passwords = new Passwords(context, signingKeys, {
    userMs: config.tokenHours * HOUR_MS,
    anonymousMs: config.anonymousTokenHours * HOUR_MS,
  })
  const trustedProxies = rangesOf(config.trustedProxies)
  const clientOf = createClientOf(trustedProxies)
  const count = createCounter(new RateLimits(RATE_PLANS[config.rateLimits], monotonicClock), clientOf)
  const origins = createOrigins({ ...config, clientOf })
  const publicHost = config.publicUrl === undefined ? undefined : new URL(config.publicUrl).host
  const server = createHttpServer(
    {
      oci: createOciHandler({
        context,
        uploads,
        pulls: new Pulls(context, pullTimes),
        access: createRegistryAccess({ context, passwords, count, clientOf, region: homeRegion(config) }),
        createRepository: createOnPush(context),
        memory,
        bodyFiles,
        windowMs,
        redirectPull: config.redirectPulls
          ? createRedirectPull(context.blobs, { clientOf, origins, except: rangesOf(config.redirectExcept) })
          : undefined,
        challenge: createChallenge(origins),
        continueOnDemand: true,
        log,
      }),
      token: createTokenHandler(passwords, count, windowMs),
      control: createControlHandler({
        context,
        uploads,
        removals,
        findExpiring: previewOnThread(config),
        access: createControlAccess({
          context,
          sealer,
          passwords,
          count,
          clientOf,
          publicHost,
          regions: regionsOf(config),
        }),
        registryHost: origins.registryHost,
        publicUrl: origins.url,
        memory,
        bodyFiles,
        windowMs,
        clientOf,
        newRequestId: randomUUID,
        log,
      }),
      logos: createLogoHandler({ metadata: registry.metadata, count, memory, clientOf }),
      ready: createReadiness(context, { signal: stopping.signal }),
    },
    {
      idleMs,
      memory,
      onError: error => log.error({ err: error }, 'a request was left unanswered'),
      tls,
    },
  )
  limitConnections(server, maxConnections, () =>
    log.warn({ maxConnections }, 'there are as many connections as may be; others are closed'),
  )
  adviseOnProxies(server, trustedProxies, log)
  if (log.isLevelEnabled('info')) logRequests(server, log, clientOf)
  const collectorMetrics = new CollectorMetrics(context)
  const onError = (error: unknown) => log.error({ err: error }, 'figures could not be read')
  const metrics =
    config.metricsPort === undefined
      ? undefined
      : createMetricsServer(
          [processMetrics(VERSION), memoryMetrics(memory), observeRequests(server), collectorMetrics.source],
          onError,
        )
  const { host, port, metricsHost, metricsPort = 0 } = config
  const notAccepted = (error: unknown) => log.error({ err: error }, 'a connection could not be accepted')
  const metricsUrl =
    metrics &&
    (await listen(metrics, { host: metricsHost, port: metricsPort, flag: '--metrics-port', onError: notAccepted }))
  metrics?.unref() // it keeps no program alive whose own port is taken
  const url = await listen(server, { host, port, flag: '--port', onError: notAccepted })
  if (server instanceof TlsServer && tls !== undefined) renewIdentity(server, config, tls, log)
  const stopped = runUntilSignal(server, {
    drainMs: config.drainSeconds * 1000,
    noticeMs: config.noticeSeconds * 1000,
    onSignal: () => stopping.abort(),
  })
  process.stdout.write(
    await tour({ url, metricsUrl, registry, credentials: credentialsFile(dataDir), isFirstStart: first !== undefined }),
  )

  const writingPullTimes = setInterval(() => void pullTimes.flush(), PULL_TIMES_MS)
  const housekeeping = keepHouse({
    ...{ config, context, uploads, removals, signal: ending.signal },
    onPass: pass => {
      collectorMetrics.add(pass)
      log.info({ pass }, 'what nothing needs was collected')
    },
    onError: error => log.error({ err: error }, 'collecting failed; trying again later'),
    warn: (details, what) => log.warn(details, what),
  })
  await stopped
  metrics?.close().closeAllConnections()
  ending.abort()
  await housekeeping
  clearInterval(writingPullTimes)
  await pullTimes.flush()
  await removals.sweep() // only what is under way: the journal keeps the rest
}

const rangesOf = (text: string | undefined) => (text === undefined ? undefined : parseAddressRanges(text))

/** The registry endpoint is asked in no region, and so counts as the first that is served. */
const homeRegion = (config: SettingValues): string => [...(regionsOf(config) ?? ['us-east-1'])][0] ?? 'us-east-1'

function regionsOf({ regions }: SettingValues): ReadonlySet<string> | undefined {
  const names = regions.split(',').map(name => name.trim())
  return names.includes('*') ? undefined : new Set(names)
}
