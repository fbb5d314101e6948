import type { RegistryContext } from '../registry/context.ts'
import { type RefreshOptions, refreshSearch } from '../registry/gallery/search-index.ts'
import { pause } from '../registry/pace.ts'

/** Milliseconds until search knows what has changed. A look costs one read by key. */
const LOOK_MS = 1_000
/** Milliseconds of rest after a write that failed, such as while the registry moves. */
const TROUBLED_MS = 30_000

export interface KeepSearchOptions extends RefreshOptions {
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
}

/** Keeps search up to date until `signal`. */
export async function keepSearch(context: RegistryContext, options: KeepSearchOptions): Promise<void> {
  const { signal, onError } = options
  while (!signal.aborted) {
    let restMs = LOOK_MS
    try {
      await refreshSearch(context, options)
    } catch (error) {
      onError(error)
      restMs = TROUBLED_MS
    }
    await pause(restMs, signal)
  }
}
