/**
 * A lifecycle policy in the grammar of Amazon ECR. `JSON.stringify` makes a text of the policy that parses to the same
 * policy.
 */
export interface LifecyclePolicy {
  readonly rules: readonly LifecycleRule[]
}

/** A rule of a policy. Rules apply from the lowest `rulePriority`, which is unique in a policy, to the highest. */
export interface LifecycleRule {
  readonly rulePriority: number
  readonly description?: string
  readonly selection: LifecycleSelection
  readonly action: LifecycleAction
}

/**
 * What a rule does with the images that it takes. `transition` moves images to Amazon's archive. berth has no archive:
 * there the images stay, and no later rule expires them.
 */
export type LifecycleAction =
  | { readonly type: 'expire' }
  | { readonly type: 'transition'; readonly targetStorageClass: 'archive' }

/**
 * Which images a rule looks at, and which of those it takes. A rule without a storage class looks at images of the
 * class `standard`, which all images on berth have.
 */
export type LifecycleSelection = TagSelection & CountSelection & { readonly storageClass?: 'archive' }

/** Which tags an image must have. Each prefix or pattern of a list must match some tag of the image. */
export type TagSelection =
  | { readonly tagStatus: 'tagged'; readonly tagPrefixList: readonly string[] }
  | { readonly tagStatus: 'tagged'; readonly tagPatternList: readonly string[] }
  | { readonly tagStatus: 'untagged' | 'any' }

/** How many images a rule leaves: the newest `countNumber`, or those younger than `countNumber` days. */
export type CountSelection =
  | { readonly countType: 'imageCountMoreThan'; readonly countNumber: number }
  | {
      readonly countType: 'sinceImagePushed' | 'sinceImagePulled' | 'sinceImageTransitioned'
      readonly countUnit: 'days'
      readonly countNumber: number
    }
