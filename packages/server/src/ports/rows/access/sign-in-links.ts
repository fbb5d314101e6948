/** A link that signs a user in, once. The row has only a hash of the random value in the link. */
export interface SignInLinkRow {
  /** The SHA-256 of the random value in the link, in base64url. */
  readonly hash: string
  /** The key whose user asked for the link. */
  readonly accessKeyId: string
  /** The link is good before this moment. */
  readonly goodUntil: number
}

export interface SignInLinkRows {
  /** Adds a link, and forgets the links whose time was over at `now`. */
  add(row: SignInLinkRow, now: number): Promise<void>
  find(hash: string): Promise<SignInLinkRow | undefined>
  /**
   * Takes the link away. Undefined where the link is not there any more: of several callers that claim it, one gets it.
   */
  claim(hash: string): Promise<SignInLinkRow | undefined>
}
