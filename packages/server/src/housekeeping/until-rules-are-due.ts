import type { RegistryContext } from '../registry/context.ts'
import { pause } from '../registry/pace.ts'

/** Milliseconds between two looks: usually, and at most, after passes that have left policies undone. */
export interface Looking {
  readonly usualMs: number
  readonly longestMs: number
}

/** A lifecycle policy that was put runs within a minute, whichever server it was put at. */
export const LOOK_MS: Looking = { usualMs: 15_000, longestMs: 60_000 }

export interface Pause {
  readonly mostMs: number
  readonly lookMs: number
  /** False while the clock is in doubt. Then nothing counts as due. */
  readonly isToLook: boolean
}

export interface PauseEnd {
  /** Ends the pause. */
  readonly signal: AbortSignal
  /** Called for a look that failed. */
  readonly onError: (error: unknown) => void
}

/** Waits until a lifecycle policy is due. False where the time was over before. */
export async function untilRulesAreDue(
  { metadata, clock, lifecycleMs }: RegistryContext,
  { mostMs, lookMs, isToLook }: Pause,
  { signal, onError }: PauseEnd,
): Promise<boolean> {
  for (let leftMs = mostMs; ; leftMs -= lookMs) {
    await pause(Math.min(leftMs, lookMs), signal)
    if (leftMs <= lookMs || signal.aborted) return false
    try {
      if (isToLook && (await metadata.rows.lifecycle.dueIds(clock.now() - lifecycleMs, 1)).length > 0) return true
    } catch (error) {
      onError(error)
    }
  }
}
