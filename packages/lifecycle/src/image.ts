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
}
