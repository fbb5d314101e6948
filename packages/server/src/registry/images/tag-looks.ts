import type { Digest } from '../../domain/digest.ts'
import { LruCache } from '../../domain/lru-cache.ts'
import type { Tag } from '../../domain/names.ts'
import { type Clock, elapsedMs } from '../../ports/clock.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'

/** The most looks that are remembered. */
const MOST = 10_000
/** How many milliseconds a look is remembered: a client asks for the manifest right after it has looked. */
const LASTING_MS = 60_000

/**
 * Remembers by which tag clients have found images. Docker and containerd look where a tag leads (HEAD), and get what
 * they lack by its digest: the request that pulls does not name the tag. The looks are kept in memory alone, for a
 * minute.
 */
export class TagLooks {
  readonly #clock: Clock
  readonly #looks = new LruCache<string, { readonly tag: Tag; readonly until: number }>(MOST)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Notes a look. `client` is an access key, or the address of a client without one. */
  note(client: string, repositoryId: RepositoryId, digest: Digest, tag: Tag): void {
    this.#looks.set(keyOf(client, repositoryId, digest), { tag, until: elapsedMs(this.#clock) + LASTING_MS })
  }

  /** The tag by which the client found the image, if it did so just now. */
  find(client: string, repositoryId: RepositoryId, digest: Digest): Tag | undefined {
    const look = this.#looks.get(keyOf(client, repositoryId, digest))
    return look !== undefined && look.until > elapsedMs(this.#clock) ? look.tag : undefined
  }
}

const keyOf = (client: string, repositoryId: RepositoryId, digest: Digest) => `${client} ${repositoryId} ${digest}`
