import type { Digest } from '../../domain/digest.ts'
import { LruCache } from '../../domain/lru-cache.ts'
import type { Tag } from '../../domain/names.ts'
import { type Clock, elapsedMs } from '../../ports/clock.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'

/** Looks that are remembered at a time. */
const MOST = 10_000
/** A client asks for the manifest right after it has looked. */
const LASTING_MS = 60_000

/**
 * By which tag clients have found images. Docker and containerd look where a tag leads (HEAD), and get what they lack
 * by its digest: the request that pulls does not name the tag. It is kept in memory alone, and for a minute.
 */
export class TagLooks {
  readonly #clock: Clock
  readonly #looks = new LruCache<string, { readonly tag: Tag; readonly until: number }>(MOST)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `client` is an access key, or the address of who has none. */
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
