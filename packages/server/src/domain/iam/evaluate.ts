import { type Glob, matchesGlob } from '@berth/lifecycle'
import type { AccountId } from '../names.ts'
import { conditionHolds } from './conditions.ts'
import type { Patterns, Policy, Principals, Statement } from './policy.ts'
import type { Principal } from './principal.ts'
import type { Refusal } from './refusal.ts'
import { type RequestContext, readingsOf, TAG_KEYS } from './request-context.ts'
import { StepBudget } from './step-budget.ts'
import { type Evaluation, expandGlob, type Template } from './template.ts'

export interface AccessQuestion {
  readonly principal: Principal
  /** The action that is asked for, such as `ecr-public:PutImage`. */
  readonly action: string
  /** The resource's ARN, or `*` for an action that is about no resource. */
  readonly resource: string
  /** Other names of the action and of the resource. A pattern that matches one of the names matches the thing. */
  readonly otherNames?: { readonly actions: readonly string[]; readonly resources: readonly string[] } | undefined
  readonly context: RequestContext
  /** The policies of the principal, with those of its groups. */
  readonly identityPolicies: readonly Policy[]
  readonly resourcePolicy?: Policy | undefined
  readonly resourceAccountId: AccountId
  /** What the evaluation may cost; undefined for the usual budget. */
  readonly budget?: StepBudget | undefined
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: Refusal }

/**
 * IAM's evaluation logic. A matching Deny anywhere wins. Inside one account the Allow of either policy is enough;
 * across accounts both must allow. Root needs no identity policy. A question that takes more steps than the budget has
 * is refused.
 */
export function evaluate(question: AccessQuestion): Decision {
  const { principal, identityPolicies, resourcePolicy, resourceAccountId, budget = new StepBudget() } = question
  const applies = appliesTo(question, budget)
  const identity = identityPolicies.flatMap(policy => policy.statements).filter(applies)
  const resource = (resourcePolicy?.statements ?? [])
    .map(statement => ({ statement, reach: reachOf(statement.principals, principal) }))
    .filter(({ statement, reach }) => reach !== 'nobody' && applies(statement))
    .map(({ statement: { effect }, reach }) => ({ effect, reach }))

  if ([...identity, ...resource].some(({ effect }) => effect === 'Deny')) {
    return { allowed: false, reason: 'explicitDeny' }
  }
  const identityAllows = principal.kind === 'root' || identity.length > 0
  if (principal.accountId !== resourceAccountId) {
    if (!identityAllows) return { allowed: false, reason: 'noAllow' }
    return resource.length > 0 ? { allowed: true } : { allowed: false, reason: 'noResourceAllow' }
  }
  const allowed = identityAllows || resource.some(({ reach }) => reach === 'principal')
  return allowed ? { allowed } : { allowed, reason: 'noAllow' }
}

/**
 * Whether a statement applies to a question. Once no steps are left nobody knows what a statement says: an Allow does
 * not apply then, and a Deny does. The same holds where a request can be read in several ways, and the statement does
 * not apply in all of them.
 */
const appliesTo = ({ action, resource, otherNames, context }: AccessQuestion, budget: StepBudget) => {
  const actionNames = [action, ...(otherNames?.actions ?? [])].map(name => name.toLowerCase())
  const resourceNames = [resource, ...(otherNames?.resources ?? [])]
  return ({ effect, actions, resources, conditions, keys }: Statement): boolean => {
    const appliesIn = (evaluation: Evaluation) =>
      (resources === undefined || matchesResource(resources, resourceNames, effect, evaluation)) &&
      conditions.every(condition => conditionHolds(condition, evaluation))
    if (budget.isSpent || !matchesOne(actions, actionNames, glob => glob, budget)) return isDeniedUnread(effect, budget)
    const readings = readingsOf(context, keys.keys())
    if (readings === undefined) return effect === 'Deny'
    const folds = keys.has(TAG_KEYS) ? [false, true] : [false]
    const evaluations = readings.flatMap(reading =>
      folds.map(foldsTagKeys => ({ context: reading, budget, foldsTagKeys })),
    )
    const applies = effect === 'Deny' ? evaluations.some(appliesIn) : evaluations.every(appliesIn)
    return budget.isSpent ? effect === 'Deny' : applies
  }
}

const isDeniedUnread = (effect: Statement['effect'], budget: StepBudget): boolean => budget.isSpent && effect === 'Deny'

/**
 * Whether a statement's resources match. A pattern with a variable without a value matches no resource (IAM, "Policy
 * variables with no value"), so that its NotResource means all resources. An Allow of all resources that nobody asked
 * for does not apply.
 */
function matchesResource(
  resources: Patterns<Template>,
  names: readonly string[],
  effect: Statement['effect'],
  evaluation: Evaluation,
): boolean {
  let isWhole = true
  const globOf = (template: Template) => {
    const glob = expandGlob(template, evaluation)
    if (glob === undefined) isWhole = false
    return glob
  }
  const matches = matchesOne(resources, names, globOf, evaluation.budget)
  return matches && (isWhole || !resources.negated || effect === 'Deny')
}

function matchesOne<Pattern extends Glob | Template>(
  { negated, patterns }: Patterns<Pattern>,
  names: readonly string[],
  globOf: (pattern: Pattern) => Glob | undefined,
  budget: StepBudget,
): boolean {
  const matches = patterns.some(pattern => {
    if (!budget.spend(1)) return false
    const glob = globOf(pattern)
    return glob !== undefined && names.some(name => matchesGlob(glob, name, steps => budget.spend(steps)))
  })
  return matches !== negated
}

/**
 * Whom a statement's principals reach: the very principal, or only its account. To name an account is to delegate to
 * it: its users still need the Allow of an identity policy. So `account` alone is no Allow inside the account.
 */
type Reach = 'principal' | 'account' | 'nobody'

function reachOf(principals: Principals | undefined, principal: Principal): Reach {
  if (principals === undefined) return 'nobody'
  const { negated, everyone, accounts, userIds } = principals
  const namesAccount = accounts.has(principal.accountId)
  const namesPrincipal = everyone || (principal.kind === 'root' ? namesAccount : userIds.has(principal.userId))
  // Under NotPrincipal an account's ARN spares its root user, not all of its users.
  if (negated) return namesPrincipal ? 'nobody' : 'principal'
  return namesPrincipal ? 'principal' : namesAccount ? 'account' : 'nobody'
}
