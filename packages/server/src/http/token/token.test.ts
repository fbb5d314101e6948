import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import { Passwords } from '../../registry/access/passwords.ts'
import { ACCOUNT, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { createTokenHandler } from './token.ts'

const HOUR_MS = 60 * 60 * 1000
let registry: TemporaryRegistry
let passwords: Passwords
let principal: Principal
let password: string
let server: Server
let url: string
/** The account of each request that was counted. */
let counted: (string | undefined)[]

beforeEach(async () => {
  registry = await openTemporaryRegistry()
  passwords = new Passwords(registry.context, registry.signingKeys, { userMs: 12 * HOUR_MS, anonymousMs: HOUR_MS })
  principal = await registry.addAdministrator()
  password = (await passwords.forUser(principal)).password
  counted = []
  const token = createTokenHandler(passwords, async (_, accountId) => void counted.push(accountId), 10_000)
  server = createServer(token)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await registry[Symbol.asyncDispose]()
})

const basic = (user: string, secret: string) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
const ask = (query = '', authorization?: string, method = 'GET') =>
  fetch(`${url}/token/${query}`, { method, ...(authorization !== undefined && { headers: { authorization } }) })
const tokenFor = async (query: string, authorization?: string) => {
  const response = await ask(query, authorization)
  expect(response.status).toBe(200)
  const { token } = (await response.json()) as { token: string }
  return token
}

describe('the token endpoint', () => {
  it('gives anybody a token, that no cache keeps', async () => {
    const response = await ask('?service=x&scope=aws')
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const body = (await response.json()) as Record<string, unknown>
    expect(body).toEqual({
      token: body['access_token'],
      access_token: expect.any(String),
      expires_in: 3600,
      issued_at: '2026-01-02T00:00:00.000Z',
    })
    expect(await passwords.verify(String(body['token']))).toMatchObject({ principal: undefined, scopes: undefined })
  })

  it('changes a login for a token of the rest of its life, with the scopes that were asked for', async () => {
    registry.context.clock.time += 11 * HOUR_MS
    const scope = 'repository:acme/tools/web:pull,push'
    const response = await ask(
      `?scope=${scope}&scope=repository:acme/tools/api:pull&account=AWS`,
      basic('AWS', password),
    )
    const { token, expires_in } = (await response.json()) as { token: string; expires_in: number }
    expect(expires_in).toBe(3600)
    expect(await passwords.verify(token)).toMatchObject({
      principal,
      scopes: [
        { repository: 'acme/tools/web', actions: ['pull', 'push'] },
        { repository: 'acme/tools/api', actions: ['pull'] },
      ],
    })
  })

  it('widens no token', async () => {
    const narrow = await tokenFor('?scope=repository:acme/tools/web:pull', basic('AWS', password))
    for (const authorization of [`Bearer ${narrow}`, basic('AWS', narrow)])
      for (const query of ['', '?scope=aws', '?scope=repository:acme/tools/web:*'])
        expect((await passwords.verify(await tokenFor(query, authorization))).scopes).toEqual([
          { repository: 'acme/tools/web', actions: ['pull'] },
        ])
  })

  it.each([
    ['another user name', () => basic('aws', password)],
    ['a wrong password', () => basic('AWS', `${password}x`)],
    ['no password', () => basic('AWS', '')],
    ['no colon', () => `Basic ${Buffer.from('AWSx').toString('base64')}`],
    ['another scheme', () => `Digest ${password}`],
    ['no scheme', () => password],
    ['nothing after the scheme', () => 'Bearer'],
  ])('answers 401 to %s, and not as if nobody had asked', async (_, authorization) => {
    const response = await ask('', authorization())
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic /)])
    expect(await response.json()).toEqual({
      errors: [{ code: 'UNAUTHORIZED', message: 'Your Authorization Token is invalid.' }],
    })
  })

  it('says that a login has expired', async () => {
    registry.context.clock.time += 12 * HOUR_MS
    const response = await ask('', basic('AWS', password))
    expect([response.status, await response.text()]).toEqual([401, expect.stringContaining('has expired')])
  })

  describe('after a login has expired', () => {
    const PULL = 'scope=repository:acme/tools/web:pull'
    const expire = () => {
      registry.context.clock.time += 12 * HOUR_MS
    }
    const status = async (query: string, login = password) => (await ask(query, basic('AWS', login))).status

    it.each([`?${PULL}`, `?scope=aws&${PULL}`, `?${PULL}&scope=repository:acme/tools/api:pull`])(
      'gives a token of nobody to who asks to pull: %s',
      async query => {
        expire()
        const { principal: holder, scopes } = await passwords.verify(await tokenFor(query, basic('AWS', password)))
        expect(holder).toBeUndefined()
        expect(scopes).toContainEqual({ repository: 'acme/tools/web', actions: ['pull'] })
      },
    )

    it.each([
      '',
      '?scope=aws',
      '?scope=repository:acme/tools/web:push,pull',
      '?scope=repository:acme/tools/web:pull,push',
      '?scope=repository:acme/tools/web:*',
      '?scope=repository:acme/tools/web:pull,fly',
      `?${PULL}&scope=repository:acme/tools/api:push`,
      `?${PULL}&scope=registry:catalog:*`,
      '?scope=repository:NO:pull',
    ])('answers 401 to who asks for anything else: %s', async query => {
      expire()
      expect(await status(query)).toBe(401)
    })

    it('gives one for weeks, and not once signing keys of that time are gone', async () => {
      for (let week = 0; week < 8; week += 1) {
        registry.context.clock.time += 7 * 24 * HOUR_MS
        await registry.signingKeys.rotate()
        expect(await status(`?${PULL}`)).toBe(200)
      }
      registry.context.clock.time += 7 * 24 * HOUR_MS
      await registry.signingKeys.rotate()
      expect(await status(`?${PULL}`)).toBe(401)
    })

    it('answers 401 to a forged one, to a token that was changed for it, and to a bearer token of nobody', async () => {
      const bearer = await tokenFor(`?${PULL}`, basic('AWS', password))
      const anonymous = await tokenFor('')
      expire()
      for (const login of [`${password}x`, bearer, anonymous]) expect(await status(`?${PULL}`, login)).toBe(401)
    })

    it.each<[string, () => Promise<unknown>]>([
      ['its key is revoked', () => registry.accounts.revokeAccessKey(principal.accessKey.accessKeyId)],
      ['its user is gone', () => registry.accounts.deleteUser(ACCOUNT, 'admin')],
      [
        'its signing key is revoked',
        async () => registry.signingKeys.revoke((await registry.signingKeys.current()).id),
      ],
    ])('answers 401 where %s', async (_, take) => {
      await take()
      expire()
      expect(await status(`?${PULL}`)).toBe(401)
    })

    it('counts the request once, for the address', async () => {
      expire()
      counted.length = 0
      await ask(`?${PULL}`, basic('AWS', password))
      expect(counted).toEqual([undefined])
    })
  })

  it('answers GET, HEAD and POST only', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const other = await ask('', undefined, method)
      expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    }
    const head = await ask('', undefined, 'HEAD')
    expect([head.status, await head.text()]).toEqual([200, ''])
  })
})

describe('the token endpoint, by form', () => {
  const post = (body: string | URLSearchParams, headers: Record<string, string> = {}) =>
    fetch(`${url}/token/`, { method: 'POST', body, headers })
  const form = (fields: Record<string, string>) => post(new URLSearchParams(fields))
  const login = () => ({ grant_type: 'password', service: 'x', client_id: 'helm', username: 'AWS', password })

  it('changes a password for a token, with the scopes that were asked for', async () => {
    const scope = 'repository:acme/tools/web:pull,push repository:acme/tools/api:pull other:thing:do'
    const response = await form({ ...login(), access_type: 'offline', scope })
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const body = (await response.json()) as Record<string, unknown>
    expect(body).toEqual({
      token: body['access_token'],
      access_token: expect.any(String),
      expires_in: 12 * 60 * 60,
      issued_at: '2026-01-02T00:00:00.000Z',
      scope: 'repository:acme/tools/web:pull,push repository:acme/tools/api:pull',
    })
    expect(await passwords.verify(String(body['access_token']))).toMatchObject({
      principal,
      scopes: [
        { repository: 'acme/tools/web', actions: ['pull', 'push'] },
        { repository: 'acme/tools/api', actions: ['pull'] },
      ],
    })
  })

  it('takes the password as a refresh token, gives out none, and widens nothing', async () => {
    const scope = 'repository:acme/tools/web:pull'
    const narrow = (await (await form({ ...login(), scope })).json()) as Record<string, string>
    expect(narrow).not.toHaveProperty('refresh_token')
    const again = await form({ grant_type: 'refresh_token', refresh_token: password, service: 'x' })
    const { access_token: token = '' } = (await again.json()) as Record<string, string>
    expect(await passwords.verify(token)).toMatchObject({ principal, scopes: undefined })
    for (const fields of [
      { grant_type: 'refresh_token', refresh_token: narrow['access_token'] ?? '' },
      { ...login(), password: narrow['access_token'] ?? '' },
    ]) {
      const wide = await form({ ...fields, scope: 'repository:acme/tools/web:*' })
      const { access_token: token = '' } = (await wide.json()) as Record<string, string>
      expect((await passwords.verify(token)).scopes).toEqual([{ repository: 'acme/tools/web', actions: ['pull'] }])
    }
  })

  it('takes a login without name and password for none', async () => {
    const { access_token: token = '' } = (await (
      await form({ ...login(), username: '', password: '' })
    ).json()) as Record<string, string>
    expect((await passwords.verify(token)).principal).toBeUndefined()
  })

  it('answers 401 to a bad login, in the words of OAuth2 and of registries', async () => {
    for (const fields of [
      { ...login(), password: `${password}x` },
      { ...login(), password: '' },
      { ...login(), username: 'aws' },
      { ...login(), username: '' },
      { grant_type: 'refresh_token', refresh_token: 'x' },
      { grant_type: 'refresh_token', refresh_token: '' },
    ]) {
      const response = await form(fields)
      expect([response.status, response.headers.get('cache-control')]).toEqual([401, 'no-store'])
      const message = 'Your Authorization Token is invalid.'
      expect(await response.json()).toEqual({
        error: 'invalid_grant',
        error_description: message,
        errors: [{ code: 'UNAUTHORIZED', message }],
      })
    }
  })

  it('says what is wrong with a form', async () => {
    const twice = new URLSearchParams([...Object.entries(login()), ['password', 'x']])
    const cases: [Promise<Response>, status: number, error: string][] = [
      [post(''), 400, 'invalid_request'],
      [form({ grant_type: 'client_credentials' }), 400, 'unsupported_grant_type'],
      [form({ ...login(), grant_type: '' }), 400, 'unsupported_grant_type'],
      [form({ grant_type: 'password', username: 'AWS' }), 400, 'invalid_request'],
      [form({ grant_type: 'refresh_token', username: 'AWS', password }), 400, 'invalid_request'],
      [post(twice), 400, 'invalid_request'],
      [post(JSON.stringify(login()), { 'content-type': 'application/json' }), 400, 'invalid_request'],
      [form({ ...login(), scope: 'x'.repeat(16 * 1024) }), 413, 'invalid_request'],
    ]
    for (const [sent, status, error] of cases) {
      const response = await sent
      expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ error })])
    }
  })

  it('reads no more of a form than it may hold', async () => {
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.from('scope=x&'.repeat(1_000)))
      },
    })
    const init = { method: 'POST', body: endless, duplex: 'half' } as RequestInit
    const response = await fetch(`${url}/token/`, {
      ...init,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }).catch(() => undefined)
    // Whether the answer overtakes the end of the connection is the client's luck.
    expect([413, undefined]).toContain(response?.status)
    expect((await form(login())).status).toBe(200)
  })
})
