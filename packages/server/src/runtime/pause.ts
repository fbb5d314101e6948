import { setTimeout as delay } from 'node:timers/promises'

/** Waits for so many milliseconds. It ends early with `signal`, and never rejects. */
export async function pause(ms: number, signal?: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}
