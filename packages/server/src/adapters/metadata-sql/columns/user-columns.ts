import { userIdOf } from '../../../domain/iam/user-id.ts'
import type { UserRow } from '../../../ports/rows/access/users.ts'

/** A user from before there were ids has none. */
type StoredUser = Omit<UserRow, 'userId'> & { readonly userId: string | null }

/** A user as the port has it. One from before there were ids gets the id that follows from its row. */
export const toUser = ({ accountId, userName, userId, createdAt }: StoredUser): UserRow => ({
  accountId,
  userName,
  createdAt,
  userId: userId ?? userIdOf({ accountId, userName, createdAt }),
})
