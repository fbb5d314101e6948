/** What `lastPulls` needs of an image. */
export interface PulledImage {
  readonly digest: string
  readonly lastPulledAt?: number | undefined
}

/**
 * When images were last pulled, by digest; those that never were are missing. An index counts as pulled when an image was
 * that it lists, directly or through another: clients that name an image by its digest do not ask for the index.
 */
export function lastPulls(
  images: Iterable<PulledImage>,
  indexesOf: (digest: string) => readonly string[],
): Map<string, number> {
  const latest = new Map<string, number>()
  for (const { digest, lastPulledAt } of images) {
    const waiting = lastPulledAt === undefined ? [] : [digest]
    for (let each = waiting.pop(); each !== undefined && lastPulledAt !== undefined; each = waiting.pop()) {
      if ((latest.get(each) ?? Number.NEGATIVE_INFINITY) >= lastPulledAt) continue
      latest.set(each, lastPulledAt)
      waiting.push(...indexesOf(each))
    }
  }
  return latest
}
