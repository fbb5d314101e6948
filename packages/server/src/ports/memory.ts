/**
 * Who makes the server hold something. Each member counts on its own: what is held for one caller fills the share of
 * its address, of its key and of its account alike.
 */
export interface Holder {
  /** The client's IP address. Of IPv6 all of a /64 count as one. */
  readonly address?: string | undefined
  /** The id of an access key whose secret the caller is known to have; others would fill a stranger's share. */
  readonly key?: string | undefined
  readonly account?: string | undefined
}

/** What one piece of work holds of the memory that all clients share. */
export interface MemoryShare {
  readonly sizeBytes: number
  /**
   * True where the work may hold `sizeBytes` in all from now on. Where it is false nothing has changed; less is always
   * given.
   */
  ask(sizeBytes: number): boolean
  /**
   * As `ask`, for work that cannot do without.
   * @throws RegistryError `unavailable`
   */
  hold(sizeBytes: number): void
  /**
   * As `hold`, but waits for a while, in the order of asking. Only for work that holds nothing yet, so that those who
   * wait keep nobody else waiting; releasing the share gives the waiting up.
   * @throws RegistryError `unavailable`
   */
  wait(sizeBytes: number): Promise<void>
  /** Gives everything back; again and again without harm. */
  release(): void
}

/** The memory that all clients together may make the server hold. It is asked before anything is read or built. */
export interface Memory {
  share(holder: Holder): MemoryShare
}
