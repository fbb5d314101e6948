import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Rows } from '../ports/metadata-store.ts'
import type { ServerRow } from '../ports/rows/upkeep/servers.ts'
import type { RegistryContext } from '../registry/context.ts'

/** Milliseconds for which a server that was killed counts as present. */
const PRESENT_MS = 60_000
const RENEW_MS = 20_000
/** Milliseconds after a write that failed until the next one. */
const AGAIN_MS = 1_000
/** By how much the clocks of servers may differ, at most. */
const SLACK_MS = 60_000

/**
 * Tells all who share the rows that a server holds them, until it is disposed of. Where rows are not shared, the lock
 * of the data folder tells that.
 */
export async function announce({ metadata, clock }: RegistryContext): Promise<AsyncDisposable> {
  if (!metadata.isShared) return { [Symbol.asyncDispose]: async () => {} }
  const serverId = randomUUID()
  const end = new AbortController()
  const put = () => {
    const now = clock.now()
    return metadata.transaction(rows => rows.servers.put({ serverId, presentUntil: now + PRESENT_MS }, now - SLACK_MS))
  }
  // A database that is away, or was moved, takes no push either.
  const tried = () =>
    put().then(
      () => RENEW_MS,
      () => AGAIN_MS,
    )
  const renew = async (firstMs: number) => {
    for (let pauseMs = firstMs; !end.signal.aborted; pauseMs = await tried())
      if ((await delay(pauseMs, 'over', { signal: end.signal }).catch(() => 'ended')) === 'ended') return
  }
  const renewing = renew(await tried())
  return {
    async [Symbol.asyncDispose]() {
      end.abort()
      await renewing
      await metadata.transaction(rows => rows.servers.remove(serverId)).catch(() => {})
    },
  }
}

/**
 * The servers that hold the rows now. One whose time lies further ahead than a server can set it had a wrong clock,
 * and is left out.
 */
export async function presentServers(rows: Rows, now: number): Promise<ServerRow[]> {
  const found = await rows.servers.list()
  return found.filter(({ presentUntil }) => presentUntil > now && presentUntil <= now + PRESENT_MS + SLACK_MS)
}
