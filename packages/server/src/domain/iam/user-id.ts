import { createHash, randomBytes } from 'node:crypto'
import type { AccountId } from '../names.ts'

/** AWS's own prefix of the unique ids of users. */
const PREFIX = 'AIDA'
/** RFC 4648, section 6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const CHARACTERS = 16

export const USER_ID = /^AIDA[A-Z2-7]{16}$/

/** The id of a new user: `AIDA` and 16 random characters of base32. No other user has or had it. */
export const newUserId = (): string => idOf(randomBytes(CHARACTERS))

/** The id of a user that was made before users had one. It is computed from the user's row. */
export function userIdOf(user: { accountId: AccountId; userName: string; createdAt: number }): string {
  const text = JSON.stringify([user.accountId, user.userName, user.createdAt])
  return idOf(createHash('sha256').update(text).digest())
}

/** 256 is a multiple of 32, so the low five bits of a byte favour no character. */
const idOf = (bytes: Buffer): string =>
  PREFIX + Array.from(bytes.subarray(0, CHARACTERS), byte => BASE32.charAt(byte & 31)).join('')
