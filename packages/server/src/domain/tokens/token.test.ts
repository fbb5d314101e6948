import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAccountId } from '../names.ts'
import type { TokenClaims } from './claims.ts'
import { TOKEN_ACTIONS } from './scope.ts'
import type { TokenSigningKey } from './signed-document.ts'
import { issueToken, verifyToken } from './token.ts'

const key: TokenSigningKey = { id: 'k1', secret: Buffer.alloc(32, 7) }
const keyById = (id: string) => (id === key.id ? key : undefined)

const claimsOf = fc
  .record(
    {
      version: fc.constant(1 as const),
      subject: fc.oneof(
        fc.constant({ kind: 'anonymous' as const }),
        fc.record({
          kind: fc.constant('user' as const),
          accountId: fc.stringMatching(/^[0-9]{12}$/).map(parseAccountId),
          userName: fc.string({ unit: 'grapheme' }),
          accessKeyId: fc.string(),
        }),
      ),
      issuedAtMs: fc.nat(),
      expiresAtMs: fc.integer({ min: 1, max: 2 ** 50 }),
      scopes: fc.array(
        fc.record({
          repository: fc.constantFrom('berth/app', 'berth/team/app'),
          actions: fc.subarray([...TOKEN_ACTIONS]),
        }),
        { maxLength: 3 },
      ),
    },
    { requiredKeys: ['version', 'subject', 'issuedAtMs', 'expiresAtMs'], noNullPrototype: true },
  )
  .map((claims): TokenClaims => claims)

const anonymous: TokenClaims = { version: 1, subject: { kind: 'anonymous' }, issuedAtMs: 0, expiresAtMs: 1000 }

/** A token with any header and payload, signed by the true key. */
function forge(header: unknown, payload: unknown): string {
  const signed = [header, payload].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${createHmac('sha256', key.secret).update(signed).digest('base64url')}`
}

describe('tokens', () => {
  it('are verified to the claims they were issued for', () => {
    fc.assert(
      fc.property(claimsOf, claims => {
        const token = issueToken(claims, key)
        expect(token).toMatch(/^ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/)
        expect(verifyToken(token, keyById, claims.expiresAtMs - 1)).toEqual({ ok: true, claims })
      }),
    )
  })

  it('expire', () => {
    expect(verifyToken(issueToken(anonymous, key), keyById, 999).ok).toBe(true)
    expect(verifyToken(issueToken(anonymous, key), keyById, 1000)).toMatchObject({ ok: false, reason: 'expired' })
  })

  it('are invalid after any change, expired or not', () => {
    fc.assert(
      fc.property(claimsOf, fc.nat(), fc.constantFrom(...'AZaz09-_.=:'), (claims, pick, character) => {
        const token = issueToken(claims, key)
        const at = pick % token.length
        const [before, after] = [token.slice(0, at), token.slice(at + 1)]
        for (const forged of [before + character + after, before + character + token[at] + after, before + after]) {
          if (forged === token) continue
          for (const nowMs of [0, 2 ** 51]) {
            expect(verifyToken(forged, keyById, nowMs)).toEqual({ ok: false, reason: 'invalid' })
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are invalid under another key, or one that is gone', () => {
    const token = issueToken(anonymous, key)
    const other = { id: 'k1', secret: Buffer.alloc(32, 8) }
    expect(verifyToken(token, () => other, 0)).toEqual({ ok: false, reason: 'invalid' })
    expect(verifyToken(token, () => undefined, 0)).toEqual({ ok: false, reason: 'invalid' })
  })

  const header = { alg: 'HS256', kid: 'k1' }
  const payload = { v: 1, iat: 0, exp: 1000 }
  it.each([
    [{ ...header, alg: 'none' }, payload],
    [{ alg: 'HS256' }, payload],
    [{ ...header, kid: 1 }, payload],
    [null, payload],
    [header, null],
    [header, []],
    [header, { ...payload, v: 2 }],
    [header, { ...payload, exp: '1000' }],
    [header, { ...payload, iat: undefined }],
    [header, { ...payload, acc: '123456789012' }],
    [header, { ...payload, acc: '1', usr: 'a', key: 'b' }],
    [header, { ...payload, scp: 'repository:berth/app:pull' }],
    [header, { ...payload, scp: [['berth/app', 'fly']] }],
    [header, { ...payload, scp: [['app', 'pull']] }],
    [header, { ...payload, scp: [[]] }],
  ])('are invalid with the header %j and payload %j, though signed', (badHeader, badPayload) => {
    expect(verifyToken(forge(header, payload), keyById, 0).ok).toBe(true)
    expect(verifyToken(forge(badHeader, badPayload), keyById, 0)).toEqual({ ok: false, reason: 'invalid' })
  })

  it.each(['', '.', '..', 'a.b.c', 'ey', `${'a'.repeat(20_000)}.b.c`])('are not %j', text => {
    expect(verifyToken(text, keyById, 0)).toEqual({ ok: false, reason: 'invalid' })
  })

  it('are not longer than a request can carry', () => {
    const long = forge(header, { ...payload, acc: '123456789012', usr: 'a'.repeat(12_300), key: 'b' })
    expect(verifyToken(long, keyById, 0)).toEqual({ ok: false, reason: 'invalid' })
  })
})
