import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { issueToken } from '../../domain/tokens/token.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import { ACCOUNT, OPERATOR, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { Passwords } from './passwords.ts'
import { SigningKeys } from './signing-keys.ts'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
const refused = (reason: string) => expect.objectContaining({ problem: { kind: 'credentialsRefused', reason } })

let registry: TemporaryRegistry
let passwords: Passwords
let principal: Principal
beforeEach(async () => {
  registry = await openTemporaryRegistry()
  passwords = new Passwords(registry.context, registry.signingKeys, { userMs: 12 * HOUR_MS, anonymousMs: HOUR_MS })
  principal = await registry.addAdministrator()
})
afterEach(() => registry[Symbol.asyncDispose]())
const pass = (ms: number) => {
  registry.context.clock.time += ms
}
const now = () => registry.context.clock.time

describe('Passwords', () => {
  it('stand for their user until they expire', async () => {
    const { password, expiresAt } = await passwords.forUser(principal)
    expect(expiresAt).toBe(now() + 12 * HOUR_MS)
    expect(password).not.toContain(':')
    expect(await passwords.verify(password)).toEqual({
      principal,
      scopes: undefined,
      expiresAt,
      signingKeyId: expect.any(String),
    })
    pass(12 * HOUR_MS - 1)
    await passwords.verify(password)
    pass(1)
    await expect(passwords.verify(password)).rejects.toEqual(refused('expired'))
    const elsewhere = new Passwords(registry.context, registry.signingKeys, { userMs: 1, anonymousMs: 1 })
    await expect(elsewhere.verify(password)).rejects.toEqual(refused('expired'))
  })

  it.each<[string, () => Promise<unknown>]>([
    ['its access key is revoked', () => registry.accounts.revokeAccessKey(principal.accessKey.accessKeyId)],
    ['its access key is rotated', () => registry.accounts.rotateAccessKey(principal.accessKey.accessKeyId)],
    ['its user is deleted', () => registry.accounts.deleteUser(ACCOUNT, 'admin')],
    [
      'its signing key is revoked',
      async () => {
        for (const { id } of await registry.metadata.rows.signingKeys.list()) await registry.signingKeys.revoke(id)
      },
    ],
    [
      'its signing key is revoked by another process',
      async () => {
        const others = new SigningKeys(registry.context, registry.sealer, OPERATOR)
        for (const { id } of await registry.metadata.rows.signingKeys.list()) await others.revoke(id)
      },
    ],
  ])('are refused at once when %s, bearer tokens too', async (_, revoke) => {
    const { password } = await passwords.forUser(principal)
    const bearer = await passwords.bearer(await passwords.verify(password), undefined)
    await passwords.verify(bearer.password)
    await revoke()
    for (const token of [password, bearer.password])
      await expect(passwords.verify(token)).rejects.toEqual(refused('revoked'))
  })

  it('see a changed policy at once', async () => {
    const { password } = await passwords.forUser(principal)
    await passwords.verify(password)
    await registry.accounts.deletePolicy(ACCOUNT, 'admin', 'all')
    expect((await passwords.verify(password)).principal?.policies).toEqual([])
  })

  it('refuse what nobody signed', async () => {
    const { password } = await passwords.forUser(principal)
    const claims = { version: 1, subject: { kind: 'anonymous' }, issuedAtMs: 0, expiresAtMs: now() + 1 } as const
    const [key] = await registry.metadata.rows.signingKeys.list()
    const forged = issueToken(claims, { id: key?.id ?? '', secret: Buffer.alloc(32) })
    for (const token of ['', '..', 'a.b.c', `${password}A`, password.slice(0, -1), forged])
      await expect(passwords.verify(token)).rejects.toEqual(refused('invalid'))
  })
})

describe('bearer tokens', () => {
  const pull = (...names: string[]) => names.map(name => ({ repository: `acme/${name}`, actions: ['pull'] as const }))

  it('never outlive the login that they were changed for, however often they are changed', async () => {
    const { password, expiresAt } = await passwords.forUser(principal)
    pass(11 * HOUR_MS)
    let token = password
    for (let round = 0; round < 3; round += 1) {
      const bearer = await passwords.bearer(await passwords.verify(token), undefined)
      expect(bearer).toMatchObject({ expiresAt, issuedAt: now() })
      token = bearer.password
      pass(1)
    }
    pass(HOUR_MS)
    await expect(passwords.verify(token)).rejects.toEqual(refused('expired'))
  })

  it('without a login stand for nobody, for their own time', async () => {
    const { password, expiresAt } = await passwords.bearer(undefined, pull('tools/web'))
    expect(expiresAt).toBe(now() + HOUR_MS)
    expect(await passwords.verify(password)).toEqual({
      principal: undefined,
      scopes: pull('tools/web'),
      expiresAt,
      signingKeyId: expect.any(String),
    })
    const again = await passwords.bearer(await passwords.verify(password), undefined)
    expect((await passwords.verify(again.password)).principal).toBeUndefined()
  })

  it('are remembered by what they weigh: some with hundreds of scopes push the others out', async () => {
    const checked = vi.spyOn(registry.signingKeys, 'all')
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, token) =>
        passwords.bearer(undefined, pull(...Array.from({ length: 500 }, (_, name) => `${token}.${name}`))),
      ),
    )
    for (const { password } of tokens) await passwords.verify(password)
    const [first, last] = [tokens.at(0), tokens.at(-1)]
    await passwords.verify(last?.password ?? '')
    expect(checked).toHaveBeenCalledTimes(20)
    await passwords.verify(first?.password ?? '')
    expect(checked).toHaveBeenCalledTimes(21)
  })

  it('keep their scopes when they are changed for another, or get fewer', async () => {
    const login = await passwords.verify((await passwords.forUser(principal)).password)
    const narrow = await passwords.bearer(login, pull('tools/web', 'tools/api'))
    const holder = await passwords.verify(narrow.password)
    const scopesFor = async (asked: Parameters<typeof passwords.bearer>[1]) =>
      (await passwords.verify((await passwords.bearer(holder, asked)).password)).scopes
    expect(await scopesFor(undefined)).toEqual(pull('tools/web', 'tools/api'))
    expect(await scopesFor(pull('tools/web', 'else/where'))).toEqual(pull('tools/web'))
    expect(await scopesFor([{ repository: 'acme/tools/web', actions: ['pull', 'push', 'delete'] }])).toEqual(
      pull('tools/web'),
    )
    expect(await scopesFor(pull('else/where'))).toEqual([])
  })
})

describe('SigningKeys', () => {
  it('sign for a week, and are good until the last token they signed has expired', async () => {
    const first = await registry.signingKeys.current()
    pass(7 * DAY_MS - 1)
    const { password } = await passwords.forUser(principal)
    expect(await registry.signingKeys.current()).toEqual(first)
    pass(1)
    const second = await registry.signingKeys.current()
    expect(second.id).not.toBe(first.id)
    expect([...(await registry.signingKeys.all()).keys()].sort()).toEqual([first.id, second.id].sort())
    pass(12 * HOUR_MS - 2)
    await passwords.verify(password)
    pass(2)
    expect([...(await registry.signingKeys.all()).keys()]).toEqual([second.id])
    expect(await registry.signingKeys.isGood(first.id)).toBe(false)
  })

  it('drop what has expired when a new one is made, but for the latest, which a clock may have leapt over', async () => {
    const ids: string[] = []
    for (let month = 0; month < 12; month++) {
      ids.unshift((await registry.signingKeys.rotate()).id)
      pass(30 * DAY_MS)
    }
    expect((await registry.metadata.rows.signingKeys.list()).map(row => row.id)).toEqual(ids.slice(0, 9))
    expect(await registry.signingKeys.all()).toEqual(new Map())
  })

  it('that the clock has leapt over are good again when it is back, and what it made then is not', async () => {
    const before = await passwords.forUser(principal)
    const { clock } = registry.context
    const leapMs = 400 * 24 * HOUR_MS
    for (const way of [1, -1]) {
      clock.time += way * leapMs
      await expect(passwords.verify(before.password)).rejects.toThrow()
      const meanwhile = await passwords.forUser(principal)
      expect(await passwords.verify(meanwhile.password)).toMatchObject({ principal })
      clock.time -= way * leapMs
      expect(await passwords.verify(before.password)).toMatchObject({ principal })
      await expect(passwords.verify(meanwhile.password)).rejects.toThrow()
      // Keys go on being made and replaced as ever, one a week.
      const { id } = await registry.signingKeys.current()
      expect((await registry.signingKeys.current()).id).toBe(id)
    }
    clock.time += 8 * 24 * HOUR_MS
    const later = await registry.signingKeys.current()
    expect((await registry.signingKeys.current()).id).toBe(later.id)
    expect((await registry.metadata.rows.signingKeys.list()).map(({ id }) => id)).toContain(later.id)
  })

  it('that a clock set back by minutes has issued stay good', async () => {
    const { password } = await passwords.forUser(principal)
    registry.context.clock.time -= HOUR_MS / 2
    expect(await passwords.verify(password)).toMatchObject({ principal })
  })

  it('are rotated without a password being lost', async () => {
    const { password } = await passwords.forUser(principal)
    pass(1)
    const { id } = await registry.signingKeys.rotate()
    expect((await registry.signingKeys.current()).id).toBe(id)
    await passwords.verify(password)
  })

  it('are shared by processes, and sealed in the rows', async () => {
    const { password } = await passwords.forUser(principal)
    const others = new Passwords(registry.context, new SigningKeys(registry.context, registry.sealer, OPERATOR), {
      userMs: 1,
      anonymousMs: 1,
    })
    expect((await others.verify(password)).principal).toEqual(principal)
    const { secret } = await registry.signingKeys.current()
    const [row] = await registry.metadata.rows.signingKeys.list()
    expect(row?.sealedKey).not.toContain(secret.toString('base64'))
  })
})
