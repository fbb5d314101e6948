import { type AccountId, isAccountId } from '../names.ts'
import { isScopedRepository, isTokenAction, type TokenScope, type TokenScopes } from './scope.ts'

/** The claims that a token makes of its bearer. They do not tell of a revocation: look the access key up as well. */
export interface TokenClaims {
  readonly version: 1
  readonly subject: TokenSubject
  readonly issuedAtMs: number
  /** The token is good before this moment. */
  readonly expiresAtMs: number
  /** Absent for a token that is not narrowed to repositories. */
  readonly scopes?: TokenScopes
}

export type TokenSubject =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user'
      readonly accountId: AccountId
      readonly userName: string
      readonly accessKeyId: string
    }

/** The claims as a token carries them. Short names keep the token short; times are milliseconds since 1970. */
export function encodeClaims({ version, subject, issuedAtMs, expiresAtMs, scopes }: TokenClaims): object {
  return {
    v: version,
    iat: issuedAtMs,
    exp: expiresAtMs,
    ...(subject.kind === 'user' && { acc: subject.accountId, usr: subject.userName, key: subject.accessKeyId }),
    ...(scopes && { scp: scopes.map(({ repository, actions }) => [repository, ...actions]) }),
  }
}

/** Reads claims; undefined for a value that `encodeClaims` does not make. */
export function decodeClaims(value: unknown): TokenClaims | undefined {
  if (!isRecord(value)) return undefined
  const { v, iat, exp, acc, usr, key, scp } = value
  const subject = decodeSubject(acc, usr, key)
  const scopes = scp === undefined ? undefined : decodeScopes(scp)
  if (v !== 1 || !isTime(iat) || !isTime(exp) || subject === undefined) return undefined
  if (scp === undefined) return { version: 1, subject, issuedAtMs: iat, expiresAtMs: exp }
  return scopes && { version: 1, subject, issuedAtMs: iat, expiresAtMs: exp, scopes }
}

function decodeSubject(accountId: unknown, userName: unknown, accessKeyId: unknown): TokenSubject | undefined {
  if (accountId === undefined && userName === undefined && accessKeyId === undefined) return { kind: 'anonymous' }
  if (typeof accountId !== 'string' || !isAccountId(accountId)) return undefined
  if (typeof userName !== 'string' || typeof accessKeyId !== 'string') return undefined
  return { kind: 'user', accountId, userName, accessKeyId }
}

function decodeScopes(value: unknown): readonly TokenScope[] | undefined {
  if (!Array.isArray(value)) return undefined
  const scopes = value.flatMap(item => {
    const [repository, ...actions]: unknown[] = Array.isArray(item) ? item : []
    if (typeof repository !== 'string' || !isScopedRepository(repository)) return []
    return actions.every(isTokenAction) ? [{ repository, actions }] : []
  })
  return scopes.length === value.length ? scopes : undefined
}

const isRecord = (value: unknown): value is Record<keyof never, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTime = (value: unknown): value is number => Number.isSafeInteger(value)
