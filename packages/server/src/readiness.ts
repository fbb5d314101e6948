import { setTimeout as delay } from 'node:timers/promises'
import type { StorageKey } from './ports/blob-store.ts'
import type { RegistryContext } from './registry/context.ts'

/** Nothing is ever stored under it. */
const NO_KEY = '00000000-0000-0000-0000-000000000000' as StorageKey
const PATIENCE_MS = 4_000

export interface ReadinessOptions {
  /** The server stops: nobody is to send it anything new. */
  readonly signal?: AbortSignal | undefined
  readonly patienceMs?: number | undefined
}

/**
 * Tells whether both stores answer, within seconds: those who ask have little patience. One question at a time is under
 * way, however many ask.
 */
export function createReadiness(
  { metadata, blobs }: Pick<RegistryContext, 'metadata' | 'blobs'>,
  { signal, patienceMs = PATIENCE_MS }: ReadinessOptions = {},
): () => Promise<boolean> {
  let asking: Promise<boolean> | undefined
  const ask = async () => {
    try {
      await Promise.all([metadata.rows.registries.list({ limit: 1 }), blobs.sizeBytes(NO_KEY)])
      return true
    } catch {
      return false
    } finally {
      asking = undefined
    }
  }
  return async () => {
    if (signal?.aborted) return false
    asking ??= ask()
    const giveUp = new AbortController()
    const tooLate = delay(patienceMs, false, { signal: giveUp.signal }).catch(() => false)
    try {
      return await Promise.race([asking, tooLate])
    } finally {
      giveUp.abort()
    }
  }
}
