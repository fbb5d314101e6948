/** What the rules know of an image. */
export interface LifecycleImage {
  readonly digest: string
  /** None for an untagged image. */
  readonly tags: readonly string[]
  /** Milliseconds since the epoch, like the other times. */
  readonly pushedAt: number
  /** Undefined when the image was never pulled: the rules then go by `pushedAt`. */
  readonly lastPulledAt?: number | undefined
  /** The digests of the indexes in the repository that list it. One that is not among the images counts as staying. */
  readonly parents?: readonly string[]
  /** What a reference artifact (a signature, an SBOM) refers to, be it among the images or not. */
  readonly subject?: string | undefined
  /** Whether the artifact goes by itself if its subject is not among the images. */
  readonly outlivedSubject?: boolean
}

/** An image that goes, and the rule that took it: none for what goes because its subject went before. */
export interface Expiry {
  readonly digest: string
  readonly tags: readonly string[]
  readonly pushedAt: number
  readonly rulePriority: number | undefined
  /** The subject with which, or after which, an artifact goes. */
  readonly subject?: string | undefined
}
