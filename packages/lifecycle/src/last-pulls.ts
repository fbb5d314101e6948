/** What `lastPulls` needs of an image. */
export interface PulledImage {
  readonly digest: string
  readonly lastPulledAt?: number | undefined
}

/**
 * When images were last pulled, by digest. Images that never were are missing. A pull of an image counts for the
 * indexes that list it, directly or through another: clients that name an image by its digest do not ask for the
 * index.
 */
export function lastPulls(
  images: Iterable<PulledImage>,
  indexesOf: (digest: string) => readonly string[],
): Map<string, number> {
  const latest = new Map<string, number>()
  const pulled: { digest: string; lastPulledAt: number }[] = []
  for (const { digest, lastPulledAt } of images) if (lastPulledAt !== undefined) pulled.push({ digest, lastPulledAt })
  // The latest pull comes first, so that no index is looked at twice, however many others it lists.
  for (const { digest, lastPulledAt } of pulled.sort((a, b) => b.lastPulledAt - a.lastPulledAt)) {
    const waiting = [digest]
    for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
      if (latest.has(each)) continue
      latest.set(each, lastPulledAt)
      for (const index of indexesOf(each)) waiting.push(index)
    }
  }
  return latest
}
