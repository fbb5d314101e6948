import { type Glob, matchesGlob } from '@berth/lifecycle'
import type { AccountId } from '../names.ts'
import { userArn } from './arn.ts'
import { conditionHolds } from './conditions.ts'
import type { Patterns, Policy, Principals, Statement } from './policy.ts'
import type { Principal } from './principal.ts'
import type { RequestContext } from './request-context.ts'
import { StepBudget } from './step-budget.ts'
import { type Evaluation, expandGlob, type Template } from './template.ts'

export interface AccessQuestion {
  readonly principal: Principal
  /** Such as `ecr-public:PutImage`. */
  readonly action: string
  /** An ARN, or `*` for an action that is about no resource. */
  readonly resource: string
  readonly context: RequestContext
  /** The policies of the principal, its groups' among them. */
  readonly identityPolicies: readonly Policy[]
  readonly resourcePolicy?: Policy | undefined
  readonly resourceAccountId: AccountId
  /** What the answer may cost; the usual, where nothing is said. */
  readonly budget?: StepBudget | undefined
}

export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: 'explicitDeny' | 'noAllow' }

/**
 * IAM's evaluation logic: a matching Deny anywhere wins. Inside one account either policy's Allow is enough, across
 * accounts both are needed. Root needs no identity policy. What would take more steps than the budget has is refused.
 */
export function evaluate(question: AccessQuestion): Decision {
  const { principal, identityPolicies, resourcePolicy, resourceAccountId, budget = new StepBudget() } = question
  const applies = appliesTo(question, { context: question.context, budget })
  const identity = identityPolicies.flatMap(policy => policy.statements).filter(applies)
  const resource = (resourcePolicy?.statements ?? [])
    .map(statement => ({ statement, reach: reachOf(statement.principals, principal) }))
    .filter(({ statement, reach }) => reach !== 'nobody' && applies(statement))
    .map(({ statement: { effect }, reach }) => ({ effect, reach }))

  if ([...identity, ...resource].some(({ effect }) => effect === 'Deny')) {
    return { allowed: false, reason: 'explicitDeny' }
  }
  const identityAllows = principal.kind === 'root' || identity.length > 0
  const allowed =
    principal.accountId === resourceAccountId
      ? identityAllows || resource.some(({ reach }) => reach === 'principal')
      : identityAllows && resource.length > 0
  return allowed ? { allowed } : { allowed, reason: 'noAllow' }
}

/** Once there are no steps left nobody knows what a statement says: an Allow does not apply then, and a Deny does. */
const appliesTo =
  ({ action, resource }: AccessQuestion, evaluation: Evaluation) =>
  ({ effect, actions, resources, conditions }: Statement): boolean => {
    const { budget } = evaluation
    const applies =
      !budget.isSpent &&
      matchesOne(actions, action.toLowerCase(), glob => glob, budget) &&
      (resources === undefined ||
        matchesOne(resources, resource, template => expandGlob(template, evaluation), budget)) &&
      conditions.every(condition => conditionHolds(condition, evaluation))
    return budget.isSpent ? effect === 'Deny' : applies
  }

function matchesOne<Pattern extends Glob | Template>(
  { negated, patterns }: Patterns<Pattern>,
  text: string,
  globOf: (pattern: Pattern) => Glob | undefined,
  budget: StepBudget,
): boolean {
  const matches = patterns.some(pattern => {
    if (!budget.spend(1)) return false
    const glob = globOf(pattern)
    return glob !== undefined && matchesGlob(glob, text, steps => budget.spend(steps))
  })
  return matches !== negated
}

/**
 * Whom a statement's principals reach: the very principal, or only its account. Naming an account delegates to it:
 * its users still need an identity policy's Allow, which is why `account` alone is no Allow inside the account.
 */
type Reach = 'principal' | 'account' | 'nobody'

function reachOf(principals: Principals | undefined, principal: Principal): Reach {
  if (principals === undefined) return 'nobody'
  const { negated, everyone, accounts, userArns } = principals
  const namesAccount = accounts.has(principal.accountId)
  const namesPrincipal =
    everyone ||
    (principal.kind === 'root' ? namesAccount : userArns.has(userArn(principal.accountId, principal.userName)))
  // Under NotPrincipal an account's ARN spares its root user, not all of its users.
  if (negated) return namesPrincipal ? 'nobody' : 'principal'
  return namesPrincipal ? 'principal' : namesAccount ? 'account' : 'nobody'
}
