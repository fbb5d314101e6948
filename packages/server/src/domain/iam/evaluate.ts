import { type Glob, matchesGlob } from '../glob.ts'
import type { AccountId } from '../names.ts'
import { userArn } from './arn.ts'
import { conditionHolds } from './conditions.ts'
import type { Patterns, Policy, Principals, Statement } from './policy.ts'
import type { Principal } from './principal.ts'
import type { RequestContext } from './request-context.ts'
import { expandGlob, type Template } from './template.ts'

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
}

export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: 'explicitDeny' | 'noAllow' }

/**
 * IAM's evaluation logic: a matching Deny anywhere wins. Inside one account either policy's Allow is enough, across
 * accounts both are needed. Root needs no identity policy.
 */
export function evaluate(question: AccessQuestion): Decision {
  const { principal, identityPolicies, resourcePolicy, resourceAccountId } = question
  const identity = identityPolicies.flatMap(policy => policy.statements).filter(applies(question))
  const resource = (resourcePolicy?.statements ?? [])
    .filter(applies(question))
    .map(statement => ({ effect: statement.effect, reach: reachOf(statement.principals, principal) }))
    .filter(({ reach }) => reach !== 'nobody')

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

const applies =
  ({ action, resource, context }: AccessQuestion) =>
  ({ actions, resources, conditions }: Statement): boolean =>
    matchesOne(actions, action.toLowerCase(), glob => glob) &&
    (resources === undefined || matchesOne(resources, resource, template => expandGlob(template, context))) &&
    conditions.every(condition => conditionHolds(condition, context))

function matchesOne<Pattern extends Glob | Template>(
  { negated, patterns }: Patterns<Pattern>,
  text: string,
  globOf: (pattern: Pattern) => Glob | undefined,
): boolean {
  const matches = patterns.some(pattern => {
    const glob = globOf(pattern)
    return glob !== undefined && matchesGlob(glob, text)
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
