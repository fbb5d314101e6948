import type { Actor } from '../../domain/actor.ts'
import { replaceUsers } from '../../domain/iam/bind-principals.ts'
import { parsePolicy } from '../../domain/iam/parse-policy.ts'
import { parseUserArn } from '../../domain/iam/parse-principals.ts'
import type { Policy } from '../../domain/iam/policy.ts'
import { ControlError, RegistryError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { requireAuditRoom } from '../access/account-quotas.ts'
import { findPrincipals } from '../access/bind-policies.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { requireDiskRoom } from '../disk-room.ts'
import { readAgain } from './repository-ref.ts'

/**
 * The text of the policy exactly as it was set, except that an id stands for a user who is gone.
 * @throws ControlError `repositoryPolicyNotFound`
 */
export async function policyOf(rows: Rows, row: RepositoryRow): Promise<string> {
  const { policyText, policyPrincipals, name, accountId } = row
  if (policyText === undefined)
    throw new ControlError({ kind: 'repositoryPolicyNotFound', name, registryId: accountId })
  const gone = new Map<string, string>()
  for (const [arn, userId] of Object.entries(policyPrincipals?.users ?? {})) {
    const named = parseUserArn(arn)
    const user = await rows.users.find(named.accountId, named.userName)
    if (user?.userId !== userId) gone.set(arn, userId)
  }
  return gone.size === 0 ? policyText : replaceUsers(policyText, arn => gone.get(arn))
}

/**
 * Reads a repository policy. A problem names the member as ECR does in its own message. @throws RegistryError
 * `parameterInvalid`
 */
export function readRepositoryPolicy(policyText: string): Policy {
  const parsed = parsePolicy(policyText, 'repository')
  if (parsed.ok) return parsed.policy
  throw policyInvalid('Invalid repository policy provided')
}

/** Whether the caller could set another policy once the repository is as `after` says. */
export type IsKept = (after: RepositoryRow) => boolean

/**
 * Sets the policy, bound to whom it names now. A policy after which `isKept` is false is refused.
 * @throws RegistryError `parameterInvalid`, and as `readAgain`
 */
export async function setPolicy(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  policyText: string,
  isKept: IsKept = () => true,
): Promise<void> {
  const policy = readRepositoryPolicy(policyText)
  const { metadata, clock } = context
  await requireAuditRoom(context, actor, repository)
  await requireDiskRoom(context)
  return metadata.transaction(async rows => {
    const row = await readAgain(rows, repository)
    const { id, accountId, name } = row
    const { bound, missing } = await findPrincipals(rows, policy)
    if (missing.length > 0) throw policyInvalid(`Principal not found: ${missing.join(', ')}`)
    if (!isKept({ ...row, policyText, policyPrincipals: bound }))
      throw policyInvalid('The policy must not keep the caller from setting another one, unless it is forced')
    await rows.repositorySettings.setPolicy(id, policyText, bound)
    const deed = { action: 'SetRepositoryPolicy' as const, accountId, repository: name, detail: policyText }
    await recordDeeds(rows, actor, clock.now(), [deed])
  })
}

/** Deletes the policy and returns its text. @throws ProblemError `repositoryPolicyNotFound`, and as `readAgain` */
export function deletePolicy(
  { metadata, clock }: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
): Promise<string> {
  return metadata.transaction(async rows => {
    const row = await readAgain(rows, repository)
    const policyText = await policyOf(rows, row)
    await rows.repositorySettings.setPolicy(row.id, undefined)
    const deed = { action: 'DeleteRepositoryPolicy' as const, accountId: row.accountId, repository: row.name }
    await recordDeeds(rows, actor, clock.now(), [deed])
    return policyText
  })
}

const policyInvalid = (constraint: string) =>
  new RegistryError({ kind: 'parameterInvalid', member: 'PolicyText', constraint })
