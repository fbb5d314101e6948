import { createHash } from 'node:crypto'
import { type AccountId, isAccountId } from '../names.ts'
import { openDocument, signDocument, type TokenSigningKey } from './signed-document.ts'

/** The claims of a session of the gallery. They do not tell whether the session has ended: ask the rows. */
export interface SessionClaims {
  /** Random, and known to nobody but the browser. */
  readonly sessionId: string
  readonly accountId: AccountId
  readonly userName: string
  readonly accessKeyId: string
  /** The session is good before this moment, in milliseconds since 1970. */
  readonly expiresAtMs: number
}

/**
 * The purpose that keeps sessions apart from passwords and bearer tokens. The same keys sign both, and neither is good
 * for the other.
 */
const PURPOSE = 'berth gallery session'

/** Makes the value of a session's cookie. */
export const issueSession = (claims: SessionClaims, key: TokenSigningKey): string =>
  signDocument(
    {
      sid: claims.sessionId,
      acc: claims.accountId,
      usr: claims.userName,
      key: claims.accessKeyId,
      exp: claims.expiresAtMs,
    },
    key,
    PURPOSE,
  )

/** Reads a session's cookie; undefined where it is not good or over. */
export function verifySession(
  text: string,
  keyById: (id: string) => TokenSigningKey | undefined,
  nowMs: number,
): SessionClaims | undefined {
  const document = openDocument(text, keyById, PURPOSE)
  if (typeof document !== 'object' || document === null) return undefined
  const { sid, acc, usr, key, exp } = document as Readonly<Record<string, unknown>>
  if (typeof sid !== 'string' || typeof usr !== 'string' || typeof key !== 'string') return undefined
  if (typeof acc !== 'string' || !isAccountId(acc) || !Number.isSafeInteger(exp) || nowMs >= (exp as number))
    return undefined
  return { sessionId: sid, accountId: acc, userName: usr, accessKeyId: key, expiresAtMs: exp as number }
}

/**
 * The token that each form of a session carries. It tells nothing of the session's id, which stands in a cookie that no
 * page can read: whoever has the token was shown a page of that session.
 */
export const formTokenOf = (sessionId: string): string =>
  createHash('sha256').update(`berth form ${sessionId}`).digest('base64url')
