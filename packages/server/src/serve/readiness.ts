import { setTimeout as delay } from 'node:timers/promises'
import { isProblem } from '../domain/problem.ts'
import type { StorageKey } from '../ports/blob-store.ts'
import type { RegistryContext } from '../registry/context.ts'

/** Nothing is ever stored under it. */
const NO_KEY = '00000000-0000-0000-0000-000000000000' as StorageKey
const PATIENCE_MS = 4_000

export interface ReadinessOptions {
  /** Aborted when the server stops: nobody is to send it anything new. */
  readonly signal?: AbortSignal | undefined
  readonly patienceMs?: number | undefined
}

/** True, or why nothing should be sent here. */
export type Readiness = true | string

/**
 * Makes the question whether both stores answer within seconds: those who ask have little patience. One question is
 * under way at a time, however many ask.
 */
export function createReadiness(
  { metadata, blobs }: Pick<RegistryContext, 'metadata' | 'blobs'>,
  { signal, patienceMs = PATIENCE_MS }: ReadinessOptions = {},
): () => Promise<Readiness> {
  let asking: Promise<Readiness> | undefined
  const ask = async () => {
    const answers = await Promise.allSettled([metadata.rows.registries.list({ limit: 1 }), blobs.sizeBytes(NO_KEY)])
    asking = undefined
    return answers.flatMap(each => (each.status === 'rejected' ? whyNot(each.reason) : [])).join(' ') || true
  }
  return async () => {
    if (signal?.aborted) return 'The server stops.'
    asking ??= ask()
    const giveUp = new AbortController()
    const tooLate = delay(patienceMs, undefined, { signal: giveUp.signal }).then(
      () => metadata.trouble?.() ?? `No answer came in ${patienceMs / 1000} s.`,
      () => 'No answer was needed any more.',
    )
    try {
      return await Promise.race([asking, tooLate])
    } finally {
      giveUp.abort()
    }
  }
}

/** Without what only the log may know. */
const whyNot = (error: unknown): string => (isProblem(error, 'unavailable') ? error.problem.what : 'A store fails.')
