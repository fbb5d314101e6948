import { parsePolicy } from '../domain/iam/parse-policy.ts'
import { RegistryError } from '../domain/problem.ts'
import type { MetadataStore, RepositoryRow } from '../ports/metadata-store.ts'
import { readAgain } from './repository-ref.ts'

/** The stored text, exactly as it was set. @throws RegistryError `repositoryPolicyNotFound` */
export function policyOf({ policyText, name, accountId }: RepositoryRow): string {
  if (policyText === undefined)
    throw new RegistryError({ kind: 'repositoryPolicyNotFound', name, registryId: accountId })
  return policyText
}

/** The member's name as ECR writes it in its own message. @throws RegistryError `parameterInvalid` */
export function checkPolicy(policyText: string): void {
  if (!parsePolicy(policyText, 'repository').ok)
    throw new RegistryError({
      kind: 'parameterInvalid',
      member: 'PolicyText',
      constraint: 'Invalid repository policy provided',
    })
}

/** @throws RegistryError `repositoryNotFound` */
export function setPolicy(metadata: MetadataStore, repository: RepositoryRow, policyText: string): Promise<void> {
  return metadata.transaction(async rows => {
    const { id } = await readAgain(rows, repository)
    await rows.repositories.setPolicy(id, policyText)
  })
}

/** Removes the policy and returns its text. @throws RegistryError `repositoryPolicyNotFound`, `repositoryNotFound` */
export function deletePolicy(metadata: MetadataStore, repository: RepositoryRow): Promise<string> {
  return metadata.transaction(async rows => {
    const row = await readAgain(rows, repository)
    const policyText = policyOf(row)
    await rows.repositories.setPolicy(row.id, undefined)
    return policyText
  })
}
