import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { SettingValues } from '../config/settings.ts'
import { isOutage } from '../domain/problem.ts'
import { openPort } from './open-port.ts'
import type { ServerProcess } from './server-process.ts'
import type { TlsIdentity } from './tls-files.ts'

const RETRY_MS = 2_000
const TOLD_EVERY_MS = 60_000
const WHAT = 'The database could not be reached. The server waits for it.'

/**
 * The codes by which the system or PostgreSQL says that nobody answers yet. Faults of the settings are not among them.
 */
const AWAY =
  /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|08...|53300|57P0[1-5])$|timeout|terminated/

/**
 * Opens the registry, and waits for a database that is away. The log tells so at once and then once a minute. Clients
 * that ask the port meanwhile are told to come back, and probes learn which store is away. `signal` ends the waiting.
 * @throws as `open`, for what waiting does not mend; the reason of `signal`
 */
export async function openWhenThere<T>(
  { config, log }: Pick<ServerProcess, 'config' | 'log'>,
  { tls, signal }: { readonly tls?: TlsIdentity | undefined; readonly signal?: AbortSignal },
  open: () => Promise<T>,
): Promise<T> {
  let desk: Server | undefined
  try {
    for (let toldAt = Number.NEGATIVE_INFINITY; ; ) {
      try {
        const opened = await open()
        if (desk !== undefined) log.warn('the database answers')
        return opened
      } catch (error) {
        if (config.database === 'sqlite' || !isAway(error)) throw error
        if (performance.now() - toldAt >= TOLD_EVERY_MS) {
          toldAt = performance.now()
          log.error(`${wordsOf(error)} The server waits for it, and tries again every ${RETRY_MS / 1000} seconds.`)
        }
        desk ??= await openDesk(config, tls)
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  } finally {
    await closeDesk(desk)
  }
}

/** Whether the store may answer later, by the error or what it was made of. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  if (AWAY.test(typeof code === 'string' ? code : error.message)) return true
  return isAway(error.cause) || (error instanceof AggregateError && error.errors.some(isAway))
}

const wordsOf = (error: unknown): string => (isOutage(error) ? error.problem.what : String(error))

async function openDesk({ host, port }: SettingValues, tls: TlsIdentity | undefined): Promise<Server> {
  const desk = tls === undefined ? createServer() : createTlsServer({ ...tls })
  desk.on('request', ({ url = '/' }, response) => {
    const isAlive = /^\/healthz(?:$|\?)/.test(url)
    const text = isAlive
      ? 'alive\n'
      : /^\/v2(?:[/?]|$)/.test(url)
        ? JSON.stringify({ errors: [{ code: 'UNAVAILABLE', message: WHAT }] })
        : `not ready: ${WHAT}\n`
    const headers = { 'cache-control': 'no-store', connection: 'close', ...(!isAlive && { 'retry-after': '5' }) }
    response.writeHead(isAlive ? 200 : 503, headers).end(text)
  })
  // A port that is taken is free again when the server itself listens, or is told of then.
  await openPort(desk, { host, port, flag: '--port', onError: () => {} })
  return desk
}

async function closeDesk(desk: Server | undefined): Promise<void> {
  if (desk === undefined) return
  const closed = new Promise(resolve => desk.close(resolve))
  desk.closeAllConnections()
  await closed
}
