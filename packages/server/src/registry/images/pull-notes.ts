import type { Digest } from '../../domain/digest.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { RegistryContext } from '../context.ts'

/** Images noted before they are written without waiting for the next `flush`. */
const MOST_NOTED = 10_000
/** Written in one transaction: pushes wait for it. */
const BATCH = 500

/**
 * Notes when images are pulled. Notes are kept in memory, because a pull must cost no write, and written in batches. A
 * crash loses the notes since the last `flush`: a time can be too early by that much, and never too late.
 */
export class PullTimes {
  readonly #context: RegistryContext
  readonly #onError: (error: unknown) => void
  #noted = new Map<RepositoryId, Map<Digest, number>>()
  #count = 0

  constructor(context: RegistryContext, onError: (error: unknown) => void) {
    this.#context = context
    this.#onError = onError
  }

  note(repositoryId: RepositoryId, digest: Digest): void {
    let images = this.#noted.get(repositoryId)
    if (images === undefined) {
      images = new Map()
      this.#noted.set(repositoryId, images)
    }
    const before = images.size
    images.set(digest, this.#context.clock.now())
    this.#count += images.size - before
    if (this.#count >= MOST_NOTED) void this.flush()
  }

  /** Writes the notes. It never rejects; times that cannot be written are given up. */
  async flush(): Promise<void> {
    const pulls = Array.from(this.#noted, ([repositoryId, images]) =>
      Array.from(images, ([digest, at]) => ({ repositoryId, digest, at })),
    ).flat()
    this.#noted = new Map()
    this.#count = 0
    for (let start = 0; start < pulls.length; start += BATCH) {
      try {
        await this.#context.metadata.transaction(rows => rows.images.recordPulls(pulls.slice(start, start + BATCH)))
      } catch (error) {
        this.#onError(error)
        return
      }
    }
  }
}
