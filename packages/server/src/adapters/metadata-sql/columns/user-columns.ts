import { userIdOf } from '../../../domain/iam/user-id.ts'
import type { UserRow } from '../../../ports/rows/access/users.ts'

/** A user from before there were ids has none. */
type StoredUser = Omit<UserRow, 'userId'> & { readonly userId: string | null }

export const toUser = ({ accountId, userName, userId, createdAt }: StoredUser): UserRow => ({
  accountId,
  userName,
  createdAt,
  userId: userId ?? userIdOf({ accountId, userName, createdAt }),
})
