import type { LifecyclePolicy } from './policy.ts'

export interface RuleWithoutEffect {
  readonly rulePriority: number
  readonly reason: string
}

/** The rules of a policy that expire nothing on this server, whatever images there are, by their priority. */
export function rulesWithoutEffect({ rules }: LifecyclePolicy): RuleWithoutEffect[] {
  return rules
    .flatMap(({ rulePriority, selection, action }) => {
      if (selection.storageClass === 'archive') return [{ rulePriority, reason: MATCHES_NOTHING }]
      return action.type === 'transition' ? [{ rulePriority, reason: KEEPS }] : []
    })
    .sort((a, b) => a.rulePriority - b.rulePriority)
}

const MATCHES_NOTHING = 'There is no archive here: the rule matches no image.'
const KEEPS = 'There is no archive here: the images that the rule selects stay, and no later rule expires them.'
