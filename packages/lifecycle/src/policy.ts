/**
 * A lifecycle policy in the grammar of Amazon ECR: `JSON.stringify` makes text of it that parses to the same policy.
 */
export interface LifecyclePolicy {
  readonly rules: readonly LifecycleRule[]
}

/** Rules are applied from the lowest `rulePriority`, which is unique in a policy, to the highest. */
export interface LifecycleRule {
  readonly rulePriority: number
  readonly description?: string
  readonly selection: LifecycleSelection
  readonly action: LifecycleAction
}

/** A transition to the archive that Amazon has. Here what its rule takes stays, and no later rule expires it. */
export type LifecycleAction =
  | { readonly type: 'expire' }
  | { readonly type: 'transition'; readonly targetStorageClass: 'archive' }

/**
 * Which images a rule looks at, and which of those it takes. Without a class those of `standard`, which all are here.
 */
export type LifecycleSelection = TagSelection & CountSelection & { readonly storageClass?: 'archive' }

/** With a list, each of its prefixes or patterns must be met by some tag of the image. */
export type TagSelection =
  | { readonly tagStatus: 'tagged'; readonly tagPrefixList: readonly string[] }
  | { readonly tagStatus: 'tagged'; readonly tagPatternList: readonly string[] }
  | { readonly tagStatus: 'untagged' | 'any' }

/** What exceeds the newest `countNumber` images, or is older than `countNumber` days. */
export type CountSelection =
  | { readonly countType: 'imageCountMoreThan'; readonly countNumber: number }
  | {
      readonly countType: 'sinceImagePushed' | 'sinceImagePulled' | 'sinceImageTransitioned'
      readonly countUnit: 'days'
      readonly countNumber: number
    }
