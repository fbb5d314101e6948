/** A lifecycle policy that keeps ECR's grammar: `JSON.stringify` of it is text that parses to the same policy again. */
export interface LifecyclePolicy {
  readonly rules: readonly LifecycleRule[]
}

/** One rule. Rules are applied from the lowest `rulePriority`, which is unique in a policy, to the highest. */
export interface LifecycleRule {
  readonly rulePriority: number
  readonly description?: string
  readonly selection: LifecycleSelection
  readonly action: { readonly type: 'expire' }
}

/** The images a rule looks at, and which of those it takes: all above a count, or all older than a number of days. */
export type LifecycleSelection = TagSelection & CountSelection

/** Each prefix or pattern of a list must be met by some tag of the image. */
export type TagSelection =
  | { readonly tagStatus: 'tagged'; readonly tagPrefixList: readonly string[] }
  | { readonly tagStatus: 'tagged'; readonly tagPatternList: readonly string[] }
  | { readonly tagStatus: 'untagged' | 'any' }

export type CountSelection =
  | { readonly countType: 'imageCountMoreThan'; readonly countNumber: number }
  | {
      readonly countType: 'sinceImagePushed' | 'sinceImagePulled'
      readonly countUnit: 'days'
      readonly countNumber: number
    }

/** Why a text is no policy: where, as a path like `rules[0].selection.countNumber` (empty for the whole), and what. */
export interface PolicyFault {
  readonly path: string
  readonly reason: string
}
