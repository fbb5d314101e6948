import type { Actor } from '../../domain/actor.ts'
import { parsePolicy } from '../../domain/iam/parse-policy.ts'
import { parseUserArn } from '../../domain/iam/parse-principals.ts'
import type { BoundPrincipals, Policy } from '../../domain/iam/policy.ts'
import type { AccountId } from '../../domain/names.ts'
import { isOutage } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext } from '../context.ts'

/** Policies that are bound in one transaction. */
const BATCH = 100

/** The principals that the names in a policy mean now. */
export interface Binding {
  readonly bound: BoundPrincipals
  /** Names of users who are not there, of accounts that are. */
  readonly missing: readonly string[]
  /** Accounts that are not there, and their users. */
  readonly strangers: readonly string[]
}

/** Looks up which accounts and users the principals of a repository policy name. */
export async function findPrincipals(rows: Rows, policy: Policy): Promise<Binding> {
  const named = policy.statements.flatMap(({ principals }) => principals ?? [])
  const isHere = new Map<AccountId, boolean>()
  const here = async (accountId: AccountId): Promise<boolean> => {
    const known = isHere.get(accountId) ?? (await rows.registries.find(accountId)) !== undefined
    isHere.set(accountId, known)
    return known
  }
  const accounts: AccountId[] = []
  const users: Record<string, string> = {}
  // `policyOf` shows an id in the place of a user that is gone. Such an id means nobody.
  const missing = [...new Set(named.flatMap(({ userIds }) => [...userIds]))]
  const strangers: string[] = []
  for (const accountId of new Set(named.flatMap(each => [...each.accounts])))
    if (await here(accountId)) accounts.push(accountId)
    else strangers.push(accountId)
  for (const arn of new Set(named.flatMap(each => [...each.userArns]))) {
    const { accountId, userName } = parseUserArn(arn)
    const user = (await here(accountId)) ? await rows.users.find(accountId, userName) : undefined
    if (user !== undefined) users[arn] = user.userId
    else if (await here(accountId)) missing.push(arn)
    else strangers.push(arn)
  }
  return { bound: { accounts, users }, missing, strangers }
}

/** A policy set before principals were bound that names somebody who is not there. */
export interface Unbound {
  readonly accountId: AccountId
  readonly repository: string
  readonly principals: readonly string[]
}

/**
 * Binds policies that were set before principals were bound to the users and accounts that are there now. Each policy
 * that names somebody else is recorded and returned. Nothing is written where nothing is to be bound.
 */
export async function bindPolicies({ metadata, clock }: RegistryContext, actor: Actor): Promise<Unbound[]> {
  const unbound: Unbound[] = []
  while ((await metadata.rows.repositorySettings.unbound(1)).length > 0) {
    try {
      unbound.push(...(await metadata.transaction(rows => bindSome(rows, actor, clock.now()))))
    } catch (error) {
      // A registry that has moved elsewhere takes no writes any more; its policies allow nobody by name.
      if (isOutage(error)) return unbound
      throw error
    }
  }
  return unbound
}

async function bindSome(rows: Rows, actor: Actor, now: number): Promise<Unbound[]> {
  const unbound: Unbound[] = []
  for (const { id, accountId, name, policyText = '' } of await rows.repositorySettings.unbound(BATCH)) {
    const parsed = parsePolicy(policyText, 'repository')
    const { bound, missing, strangers } = parsed.ok ? await findPrincipals(rows, parsed.policy) : NOBODY
    await rows.repositorySettings.setPolicy(id, policyText, bound)
    const principals = [...missing, ...strangers]
    if (principals.length === 0) continue
    unbound.push({ accountId, repository: name, principals })
    const detail = `nobody is ${principals.join(', ')}`
    await recordDeeds(rows, actor, now, [{ action: 'BindPolicyPrincipals', accountId, repository: name, detail }])
  }
  return unbound
}

const NOBODY: Binding = { bound: { accounts: [], users: {} }, missing: [], strangers: [] }
