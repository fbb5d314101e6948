import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RegistryError } from '../../domain/problem.ts'
import type { Principal } from '../../ports/metadata-store.ts'
import { Passwords } from '../../registry/passwords.ts'
import { ACCOUNT, type ALIAS, openTemporaryRegistry, type TemporaryRegistry } from '../../temporary-registry.ts'
import type { RegistryAction, RegistryCaller } from './access.ts'
import { createRegistryAccess } from './registry-access.ts'
import { createTokenHandler } from './token.ts'

const HOUR_MS = 60 * 60 * 1000
let registry: TemporaryRegistry
let passwords: Passwords
let principal: Principal
let password: string
let server: Server
let url: string
/** What the access of the next request outside of /token/ is asked. */
let question: (caller: RegistryCaller) => unknown

beforeEach(async () => {
  registry = await openTemporaryRegistry()
  passwords = new Passwords(registry.context, registry.signingKeys, { userMs: 12 * HOUR_MS, anonymousMs: HOUR_MS })
  principal = await registry.addAdministrator()
  password = (await passwords.forUser(principal)).password
  const token = createTokenHandler(passwords)
  const access = createRegistryAccess(registry.context, passwords)
  server = createServer(async (request, response) => {
    if (request.url?.startsWith('/token')) return token(request, response)
    try {
      response.end(JSON.stringify((await question(await access.authenticate(request))) ?? 'allowed'))
    } catch (error) {
      response.end(JSON.stringify(error instanceof RegistryError ? error.problem : String(error)))
    }
  })
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

  it('answers GET and HEAD only', async () => {
    const post = await ask('', undefined, 'POST')
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    const head = await ask('', undefined, 'HEAD')
    expect([head.status, await head.text()]).toEqual([200, ''])
  })
})

describe('registry access', () => {
  const as = async (authorization: string | undefined, asked: typeof question) => {
    question = asked
    const headers = authorization === undefined ? {} : { authorization }
    return (await fetch(`${url}/v2/`, { headers })).json()
  }
  const pushing =
    (action: RegistryAction = 'PutImage', path = registry.path) =>
    (caller: RegistryCaller) =>
      caller.require(path, 'push', action)
  const bearer = async (scope?: string, login: string | undefined = basic('AWS', password)) =>
    `Bearer ${await tokenFor(scope === undefined ? '' : `?scope=${scope}`, login)}`

  it('takes a login in every form that clients send it', async () => {
    const forms = [basic('AWS', password), `Bearer ${password}`, `bearer   ${password}`, await bearer()]
    forms.push(`Bearer ${Buffer.from(`AWS:${password}`).toString('base64')}`)
    for (const form of forms) expect(await as(form, pushing())).toBe('allowed')
  })

  it('asks for a login where there is none, and of an anonymous caller who wants to push', async () => {
    expect(await as(undefined, () => {})).toEqual({ kind: 'credentialsMissing' })
    const anonymous = `Bearer ${await tokenFor('')}`
    expect(await as(anonymous, caller => caller.inScope(registry.path, 'pull'))).toBe(true)
    expect(await as(anonymous, pushing())).toEqual({ kind: 'credentialsMissing' })
  })

  it('holds a token to its scopes', async () => {
    const pull = await bearer('repository:acme/tools/web:pull')
    expect(await as(pull, caller => caller.inScope(registry.path, 'pull'))).toBe(true)
    expect(await as(pull, pushing())).toEqual({
      kind: 'scopeInsufficient',
      scope: 'repository:acme/tools/web:pull,push',
    })
    const elsewhere = await bearer('repository:acme/tools/webs:pull,push')
    expect(await as(elsewhere, caller => caller.inScope(registry.path, 'pull'))).toBe(false)
    expect(await as(elsewhere, pushing())).toMatchObject({ kind: 'scopeInsufficient' })
    const push = await bearer('repository:acme/tools/web:pull,push')
    expect(await as(push, pushing())).toBe('allowed')
    const deletion = (caller: RegistryCaller) => caller.require(registry.path, 'delete', 'BatchDeleteImage')
    expect(await as(push, deletion)).toEqual({ kind: 'scopeInsufficient', scope: 'repository:acme/tools/web:delete' })
    expect(await as(await bearer(), deletion)).toBe('allowed')
  })

  it('asks the policies at each use, also of repositories that are not there yet', async () => {
    const authorization = await bearer()
    const { path } = registry
    const absent = { ...path, name: (await registry.addRepository('new/one')).path.name }
    expect(await as(authorization, pushing('CreateRepository', absent))).toBe('allowed')
    const statement = { Effect: 'Deny', Principal: '*', Action: 'ecr-public:PutImage' }
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await registry.metadata.transaction(rows => rows.repositories.setPolicy(registry.repository.id, policyText))
    expect(await as(authorization, pushing())).toMatchObject({
      kind: 'forbidden',
      reason: 'explicitDeny',
      principal: `arn:aws:iam::${ACCOUNT}:user/admin`,
      resource: `arn:aws:ecr-public::${ACCOUNT}:repository/tools/web`,
    })
    expect(await as(authorization, pushing('InitiateLayerUpload'))).toBe('allowed')
    await registry.accounts.deletePolicy(ACCOUNT, 'admin', 'all')
    expect(await as(authorization, pushing('InitiateLayerUpload'))).toMatchObject({ reason: 'noAllow' })
  })

  it('does not let one account into another, whose repository has not asked it in', async () => {
    const other = await registry.accounts.createAccount({ alias: 'other', createOnPush: false })
    await registry.accounts.createUser(other.registry.accountId, 'eve')
    const everything = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
    await registry.accounts.putPolicy(other.registry.accountId, 'eve', 'all', everything)
    const key = await registry.accounts.createAccessKey(other.registry.accountId, 'eve')
    const eve = await registry.metadata.rows.users.principal(key.accessKeyId)
    if (eve === undefined) return expect.unreachable()
    const authorization = basic('AWS', (await passwords.forUser(eve)).password)
    expect(await as(authorization, pushing())).toMatchObject({ kind: 'forbidden', reason: 'noAllow' })
    const guest = { Effect: 'Allow', Principal: { AWS: other.registry.accountId }, Action: 'ecr-public:PutImage' }
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [guest] })
    await registry.metadata.transaction(rows => rows.repositories.setPolicy(registry.repository.id, policyText))
    expect(await as(authorization, pushing())).toBe('allowed')
    expect(await as(authorization, pushing('CompleteLayerUpload'))).toMatchObject({ kind: 'forbidden' })
  })

  it('knows no repository under an alias that leads nowhere', async () => {
    const path = { ...registry.path, alias: 'nowhere' as typeof ALIAS }
    expect(await as(await bearer(), pushing('PutImage', path))).toMatchObject({
      kind: 'repositoryNotFound',
      registryId: 'nowhere',
    })
  })
})
