/** What the rules know of an image. Times are milliseconds since 1970. */
export interface LifecycleImage {
  readonly digest: string
  /** The image's tags; none for an untagged image. */
  readonly tags: readonly string[]
  /** When the image was pushed. */
  readonly pushedAt: number
  /** When the image was last pulled. Undefined when it never was: the rules then go by `pushedAt`. */
  readonly lastPulledAt?: number | undefined
  /**
   * The digests of the repository's indexes that list the image. An index that is not among the images counts as
   * staying.
   */
  readonly parents?: readonly string[]
  /** The digest that a reference artifact (a signature, an SBOM) refers to, whether it is among the images or not. */
  readonly subject?: string | undefined
  /** Whether the artifact goes by itself when its subject is not among the images. */
  readonly outlivedSubject?: boolean
}

/**
 * An image that goes, with the rule that took it. An artifact that goes because its subject went before has no rule.
 */
export interface Expiry {
  readonly digest: string
  readonly tags: readonly string[]
  readonly pushedAt: number
  readonly rulePriority: number | undefined
  /** The subject with which, or after which, the artifact goes. */
  readonly subject?: string | undefined
}
