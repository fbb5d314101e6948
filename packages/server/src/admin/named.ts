import { type AccountId, parseAccountId } from '../domain/names.ts'
import { AdminError } from '../domain/problem.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import type { AdminOptions } from './command.ts'

/**
 * Makes sure that an account is there: the list of its users would be empty either way. @throws AdminError
 * `accountNotFound`
 */
export async function requireAccount({ rows }: MetadataStore, accountId: AccountId): Promise<AccountId> {
  if ((await rows.registries.find(accountId)) === undefined)
    throw new AdminError({ kind: 'accountNotFound', accountId })
  return accountId
}

/** Makes sure that an account and a user of it are there. @throws AdminError `accountNotFound`, `userNotFound` */
export async function requireUser(metadata: MetadataStore, accountId: AccountId, userName: string): Promise<void> {
  await requireAccount(metadata, accountId)
  if ((await metadata.rows.users.find(accountId, userName)) === undefined)
    throw new AdminError({ kind: 'userNotFound', accountId, userName })
}

/** The options that name an account and a user. */
export const ACCOUNT = { value: 'ID', about: 'The account, by its 12 digits.', required: true } as const
export const USER = { value: 'NAME', about: 'The user, by its name.', required: true } as const

/** The account that the option names. @throws RegistryError `accountIdInvalid` */
export const account = (options: AdminOptions): AccountId => parseAccountId(options.required('account'))
