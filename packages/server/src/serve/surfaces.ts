import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { parseAddressRanges } from '../config/address-ranges.ts'
import type { SettingValues } from '../config/settings.ts'
import { mayRead } from '../domain/may-read.ts'
import { createChallenge } from '../http/access/bearer/challenge.ts'
import { createControlAccess } from '../http/access/control-access.ts'
import { createOciAccess } from '../http/access/oci-access.ts'
import { logRequests } from '../http/access-log.ts'
import { BodyFiles } from '../http/bodies/body-files.ts'
import { createClientOf } from '../http/client.ts'
import { createCallOperation, createTargets } from '../http/control/call-operation.ts'
import { createControlHandler } from '../http/control/dispatch.ts'
import { createCounter } from '../http/count-requests.ts'
import { createGalleryHandler } from '../http/gallery/handler.ts'
import { markdownOnThread } from '../http/gallery/markdown/markdown-on-thread.ts'
import { createRenderMarkdown } from '../http/gallery/markdown/render-markdown.ts'
import { createDoorOf } from '../http/gallery/sign-in/door.ts'
import { createLogoHandler } from '../http/logo-handler.ts'
import { CollectorMetrics } from '../http/metrics/collector-metrics.ts'
import type { MetricSource } from '../http/metrics/exposition.ts'
import { memoryMetrics } from '../http/metrics/memory-metrics.ts'
import { createMetricsServer } from '../http/metrics/metrics-server.ts'
import { processMetrics } from '../http/metrics/process-metrics.ts'
import { pullMetrics } from '../http/metrics/pull-metrics.ts'
import { observeRequests } from '../http/metrics/request-metrics.ts'
import { SignInMetrics } from '../http/metrics/sign-in-metrics.ts'
import { createOciHandler } from '../http/oci/handler.ts'
import { createRedirectPull } from '../http/oci/redirect-pulls.ts'
import { createOrigins } from '../http/origins.ts'
import { adviseOnProxies } from '../http/proxy-advice.ts'
import { createHttpServer, type Handler } from '../http/server.ts'
import { createTokenHandler } from '../http/token/token.ts'
import { monotonicClock } from '../ports/clock.ts'
import { Sessions } from '../registry/access/sessions.ts'
import { SignIn } from '../registry/access/sign-in.ts'
import { SignInAttempts } from '../registry/access/sign-in-attempts.ts'
import { machineOfContainer } from '../runtime/machine-of-container.ts'
import type { OpenRegistry } from '../storage/open-registry.ts'
import { limitConnections } from './connection-limit.ts'
import { createReadiness } from './readiness.ts'
import type { ServerProcess } from './server-process.ts'
import type { TlsIdentity } from './tls-files.ts'
import type { UseCases } from './use-cases.ts'
import { VERSION } from './version.ts'

/** The bytes that long bodies may take in the data folder until they are complete. */
const BODY_FILES_BYTES = 1024 * 1024 * 1024

/** The parts that the surfaces are made of. */
export interface SurfaceParts {
  readonly berthd: ServerProcess
  readonly registry: OpenRegistry
  readonly useCases: UseCases
  /** Certificate and key; undefined to serve without TLS. */
  readonly tls: TlsIdentity | undefined
}

/** The servers that clients and operators reach. Nothing listens yet. */
export interface Surfaces {
  /** Serves both wires, tokens, logos and the probes. */
  readonly server: Server
  /** Serves figures; undefined where no port is set for them. */
  readonly metrics: Server | undefined
  readonly collectorMetrics: CollectorMetrics
}

/** Makes what answers requests, the third step of `serve`. Nothing listens yet. */
export function createSurfaces(parts: SurfaceParts): Surfaces {
  const { berthd, registry, useCases, tls } = parts
  const { config, log, memory, disks, maxConnections, stopping } = berthd
  const shared = createShared(parts)
  const { clientOf, count, idleMs, windowMs, trustedProxies } = shared
  const server = createHttpServer(
    {
      oci: ociSurface(parts, shared),
      token: createTokenHandler(useCases.passwords, count, windowMs),
      control: controlSurface(parts, shared),
      logos: createLogoHandler({ metadata: registry.metadata, count, memory, clientOf }),
      gallery: config.gallery ? gallerySurface(parts, shared) : undefined,
      count,
      ready: createReadiness(registry.context, { signal: stopping.signal, disks: () => disks.troubles() }),
    },
    {
      idleMs,
      memory,
      clientOf,
      tls,
      settled: () => registry.metadata.settled?.(),
      onError: error => log.error({ err: error }, 'a request was left unanswered'),
    },
  )
  limitConnections(server, maxConnections, () =>
    log.warn({ maxConnections }, 'there are as many connections as may be; others are closed'),
  )
  adviseOnProxies(server, trustedProxies, log)
  if (log.isLevelEnabled('info')) logRequests(server, log, clientOf)
  const collectorMetrics = new CollectorMetrics(registry.context)
  const metrics =
    config.metricsPort === undefined
      ? undefined
      : metricsSurface(berthd, server, [
          collectorMetrics.source,
          shared.signIns.source,
          pullMetrics(useCases.pullNotes),
        ])
  return { server, metrics, collectorMetrics }
}

type Shared = ReturnType<typeof createShared>

/** Makes the parts that both wires share. */
function createShared({ berthd: { config }, registry: { dataDir, context }, useCases }: SurfaceParts) {
  const idleMs = config.idleSeconds * 1000
  const trustedProxies = rangesOf(config.trustedProxies)
  const clientOf = createClientOf(trustedProxies)
  return {
    idleMs,
    windowMs: idleMs / 2,
    trustedProxies,
    clientOf,
    count: createCounter(useCases.rateLimits, clientOf),
    origins: createOrigins({ ...config, clientOf }),
    bodyFiles: new BodyFiles(join(dataDir, 'bodies'), BODY_FILES_BYTES),
    signIns: new SignInMetrics(),
    targets: createTargets({ context, ...useCases, hasGallery: config.gallery }),
  }
}

function ociSurface(
  {
    berthd: { config, log, memory, noteOutage },
    registry: { context },
    useCases: { uploads, pulls, passwords },
  }: SurfaceParts,
  { windowMs, clientOf, count, origins, bodyFiles }: Shared,
): Handler {
  const except = rangesOf(config.redirectExcept)
  return createOciHandler({
    context,
    uploads,
    pulls,
    access: createOciAccess({ context, passwords, count, clientOf, region: homeRegion(config) }),
    memory,
    bodyFiles,
    windowMs,
    redirectPull: config.redirectPulls ? createRedirectPull(context.blobs, { clientOf, origins, except }) : undefined,
    challenge: createChallenge(origins),
    continueOnDemand: true,
    log,
    noteOutage,
  })
}

function controlSurface(
  { berthd: { config, log, memory, noteOutage }, registry: { context, sealer }, useCases }: SurfaceParts,
  { windowMs, clientOf, count, origins, bodyFiles, targets }: Shared,
): Handler {
  const { uploads, removals, passwords, findExpiring } = useCases
  const publicHost = config.publicUrl === undefined ? undefined : new URL(config.publicUrl).host
  const regions = regionsOf(config)
  return createControlHandler({
    context,
    uploads,
    removals,
    findExpiring,
    targets,
    access: createControlAccess({ context, sealer, passwords, count, clientOf, publicHost, regions }),
    registryHost: origins.registryHost,
    publicUrl: origins.url,
    memory,
    bodyFiles,
    windowMs,
    clientOf,
    newRequestId: randomUUID,
    log,
    noteOutage,
  })
}

function gallerySurface(
  {
    berthd: { config, log, memory },
    registry: { context, sealer, signingKeys },
    useCases: { passwords, countFreed },
  }: SurfaceParts,
  { clientOf, count, origins, windowMs, signIns, targets }: Shared,
): Handler {
  const { publicUrl } = config
  return createGalleryHandler({
    call: createCallOperation(targets),
    countFreed,
    signedIn: {
      clientOf,
      windowMs,
      passwords,
      signIn: new SignIn(context, sealer, passwords, new SignInAttempts(monotonicClock)),
      sessions: new Sessions(context, signingKeys),
      noteSignIn: signIns.note,
      doorOf: createDoorOf({ clientOf, publicUrl, listenHost: config.host, machine: machineOfContainer() }),
      region: homeRegion(config),
    },
    context,
    mayRead,
    renderMarkdown: createRenderMarkdown(markdownOnThread()),
    count,
    memory,
    clientOf,
    registryHost: origins.registryHost,
    publicUrl: config.publicUrl === undefined ? undefined : new URL(config.publicUrl).origin,
    indexing: config.galleryIndexing,
    log,
  })
}

function metricsSurface(
  { log, memory, disks }: ServerProcess,
  server: Server,
  sources: readonly MetricSource[],
): Server {
  return createMetricsServer(
    [processMetrics(VERSION), memoryMetrics(memory), observeRequests(server), ...sources, disks.metrics],
    error => log.error({ err: error }, 'figures could not be read'),
  )
}

const rangesOf = (text: string | undefined) => (text === undefined ? undefined : parseAddressRanges(text))

/** The region of the registry endpoint. Requests name none there, and so count as asked in the first that is served. */
const homeRegion = (config: SettingValues): string => [...(regionsOf(config) ?? ['us-east-1'])][0] ?? 'us-east-1'

function regionsOf({ regions }: SettingValues): ReadonlySet<string> | undefined {
  const names = regions.split(',').map(name => name.trim())
  return names.includes('*') ? undefined : new Set(names)
}
