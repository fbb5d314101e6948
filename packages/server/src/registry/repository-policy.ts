import type { Actor } from '../domain/actor.ts'
import { parsePolicy } from '../domain/iam/parse-policy.ts'
import type { Policy } from '../domain/iam/policy.ts'
import { RegistryError } from '../domain/problem.ts'
import type { RepositoryRow } from '../ports/metadata-store.ts'
import { recordDeeds } from './audit.ts'
import type { RegistryContext, RepositoryRef } from './context.ts'
import { readAgain } from './repository-ref.ts'

/** The stored text, exactly as it was set. @throws RegistryError `repositoryPolicyNotFound` */
export function policyOf({ policyText, name, accountId }: RepositoryRow): string {
  if (policyText === undefined)
    throw new RegistryError({ kind: 'repositoryPolicyNotFound', name, registryId: accountId })
  return policyText
}

/** The member's name as ECR writes it in its own message. @throws RegistryError `parameterInvalid` */
export function readRepositoryPolicy(policyText: string): Policy {
  const parsed = parsePolicy(policyText, 'repository')
  if (parsed.ok) return parsed.policy
  throw new RegistryError({
    kind: 'parameterInvalid',
    member: 'PolicyText',
    constraint: 'Invalid repository policy provided',
  })
}

/** @throws RegistryError as `readAgain` */
export function setPolicy(
  { metadata, clock }: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  policyText: string,
): Promise<void> {
  return metadata.transaction(async rows => {
    const { id, accountId, name } = await readAgain(rows, repository)
    await rows.repositories.setPolicy(id, policyText)
    const deed = { action: 'SetRepositoryPolicy', accountId, repository: name, detail: policyText }
    await recordDeeds(rows, actor, clock.now(), [deed])
  })
}

/** Removes the policy and returns its text. @throws RegistryError `repositoryPolicyNotFound`, and as `readAgain` */
export function deletePolicy(
  { metadata, clock }: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
): Promise<string> {
  return metadata.transaction(async rows => {
    const row = await readAgain(rows, repository)
    const policyText = policyOf(row)
    await rows.repositories.setPolicy(row.id, undefined)
    const deed = { action: 'DeleteRepositoryPolicy', accountId: row.accountId, repository: row.name }
    await recordDeeds(rows, actor, clock.now(), [deed])
    return policyText
  })
}
