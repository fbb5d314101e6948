/** A link that signs a user in, once. What stands in the link itself is not kept. */
export interface SignInLinkRow {
  /** The SHA-256 of the random value in the link, in base64url. */
  readonly hash: string
  /** The key whose user asked for the link. */
  readonly accessKeyId: string
  /** The link is good before this moment. */
  readonly goodUntil: number
}

export interface SignInLinkRows {
  /** Adds a link, and forgets those whose time was over at `now`. */
  add(row: SignInLinkRow, now: number): Promise<void>
  find(hash: string): Promise<SignInLinkRow | undefined>
  /** Takes the link away. Undefined where it is not there any more: of several that claim it, one gets it. */
  claim(hash: string): Promise<SignInLinkRow | undefined>
}
