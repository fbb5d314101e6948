import type { AccountId } from '../domain/names.ts'
import { AdminError } from '../domain/problem.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'

/**
 * Makes sure that an account is there: the list of its users would be empty either way. @throws AdminError
 * `accountNotFound`
 */
export async function requireAccount({ rows }: MetadataStore, accountId: AccountId): Promise<AccountId> {
  if ((await rows.registries.find(accountId)) === undefined)
    throw new AdminError({ kind: 'accountNotFound', accountId })
  return accountId
}

export async function requireUser(metadata: MetadataStore, accountId: AccountId, userName: string): Promise<void> {
  await requireAccount(metadata, accountId)
  if ((await metadata.rows.users.find(accountId, userName)) === undefined)
    throw new AdminError({ kind: 'userNotFound', accountId, userName })
}
