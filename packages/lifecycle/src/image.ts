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
  /** What a reference artifact (a signature, an SBOM) refers to. It means something if that is among the images. */
  readonly subject?: string | undefined
}

/** An image that goes, and the rule that took it. */
export interface Expiry {
  readonly digest: string
  readonly tags: readonly string[]
  readonly pushedAt: number
  readonly rulePriority: number
}
