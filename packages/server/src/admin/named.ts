import type { AccountId } from '../domain/names.ts'
import { AdminError } from '../domain/problem.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'

/** Makes sure that an account is there: a list of nobody's things would look like one that is empty. */
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
