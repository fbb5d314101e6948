/**
 * The caller for whom the server holds something. What is held counts for each member by itself: for the caller's
 * address, access key and account.
 */
export interface Holder {
  /** The client's IP address. All addresses of an IPv6 /64 count as one. */
  readonly address?: string | undefined
  /**
   * The id of an access key, once the caller has proved to know its secret. Without the proof a caller could fill a
   * stranger's share.
   */
  readonly key?: string | undefined
  readonly account?: string | undefined
}

/** The part of the memory that all clients share which one piece of work holds. */
export interface MemoryShare {
  readonly sizeBytes: number
  /**
   * Asks to hold `sizeBytes` in all from now on. Returns true where that is granted. A refusal changes nothing. To ask
   * for less than is held is always granted.
   */
  ask(sizeBytes: number): boolean
  /**
   * As `ask`, for work that cannot go on without.
   * @throws RegistryError `unavailable`
   */
  hold(sizeBytes: number): void
  /**
   * As `hold`, but waits for a while, in the order of asking. Only work that holds nothing yet may wait, so that
   * nobody waits for a waiter. Releasing or ending the share ends the waiting.
   * @throws RegistryError `unavailable`
   */
  wait(sizeBytes: number): Promise<void>
  /** Gives everything back. More may be asked for afterwards. Calling it again does no harm. */
  release(): void
  /**
   * Gives everything back for good: from now on all that counts is refused. Without this, work that outlives its client
   * would be granted what nobody gives back.
   */
  end(): void
}

/**
 * The memory that all clients together may make the server hold. Work asks for it before it reads or builds anything.
 */
export interface Memory {
  share(holder: Holder): MemoryShare
}
