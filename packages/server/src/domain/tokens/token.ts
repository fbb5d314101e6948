import { decodeClaims, encodeClaims, type TokenClaims } from './claims.ts'
import { openDocument, signDocument, type TokenSigningKey } from './signed-document.ts'

export type VerifiedToken =
  | { readonly ok: true; readonly claims: TokenClaims }
  | { readonly ok: false; readonly reason: 'invalid' }
  | { readonly ok: false; readonly reason: 'expired'; readonly claims: TokenClaims }

/**
 * Makes a registry password or bearer token. It holds no ':', at which `aws ecr-public get-login-password` splits what
 * it decodes.
 */
export const issueToken = (claims: TokenClaims, key: TokenSigningKey): string => signDocument(encodeClaims(claims), key)

/**
 * Checks a password or token, its signature before anything of its payload. `expired` is told only of a token that was
 * good once.
 */
export function verifyToken(
  text: string,
  keyById: (id: string) => TokenSigningKey | undefined,
  nowMs: number,
): VerifiedToken {
  const claims = decodeClaims(openDocument(text, keyById))
  if (claims === undefined) return { ok: false, reason: 'invalid' }
  return nowMs < claims.expiresAtMs ? { ok: true, claims } : { ok: false, reason: 'expired', claims }
}
