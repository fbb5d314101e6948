import { Server as TlsServer } from 'node:https'
import { openPort } from './open-port.ts'
import type { ServerProcess } from './server-process.ts'
import { runUntilSignal } from './signals/run-until-signal.ts'
import type { Surfaces } from './surfaces.ts'
import { renewIdentity, type TlsIdentity } from './tls-files.ts'

/** A server that answers. */
export interface Listening {
  readonly url: string
  readonly metricsUrl: string | undefined
  /** Resolves once a signal came and the requests in flight have their answers, as `runUntilSignal` does. */
  readonly stopped: Promise<number>
}

/**
 * Opens the ports. That of figures comes first, so that whoever finds the server up finds figures as well. @throws
 * PortError
 */
export async function listen(
  { config, log, stopping }: ServerProcess,
  { server, metrics }: Surfaces,
  tls: TlsIdentity | undefined,
): Promise<Listening> {
  const { host, port, metricsHost, metricsPort = 0 } = config
  const onError = (error: unknown) => log.error({ err: error }, 'a connection could not be accepted')
  const metricsUrl =
    metrics && (await openPort(metrics, { host: metricsHost, port: metricsPort, flag: '--metrics-port', onError }))
  metrics?.unref() // figures keep no program alive whose own port is taken
  const url = await openPort(server, { host, port, flag: '--port', onError })
  if (server instanceof TlsServer && tls !== undefined) renewIdentity(server, config, tls, log)
  const stopped = runUntilSignal(server, {
    drainMs: config.drainSeconds * 1000,
    noticeMs: config.noticeSeconds * 1000,
    onSignal: () => stopping.abort(),
  })
  return { url, metricsUrl, stopped }
}
