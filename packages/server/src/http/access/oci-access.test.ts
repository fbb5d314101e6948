import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAddressRanges } from '../../config/address-ranges.ts'
import { ProblemError } from '../../domain/problem.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import { Passwords } from '../../registry/access/passwords.ts'
import type { ReadAction } from '../../registry/access/rate-plans.ts'
import { setPolicy } from '../../registry/repositories/repository-policy.ts'
import { readAgain } from '../../registry/repositories/repository-ref.ts'
import {
  ACCOUNT,
  type ALIAS,
  ALLOW_ALL,
  CALLER,
  openTemporaryRegistry,
  type TemporaryRegistry,
} from '../../testing/temporary-registry.ts'
import { createClientOf } from '../client.ts'
import type { CountRequest } from '../count-requests.ts'
import { createTokenHandler } from '../token/token.ts'
import { createOciAccess } from './oci-access.ts'
import type { OciAction, OciCaller } from './oci-caller.ts'

const HOUR_MS = 60 * 60 * 1000
let registry: TemporaryRegistry
let passwords: Passwords
let principal: Principal
let password: string
let server: Server
let url: string
/** What the access of the next request outside of /token/ is asked. */
let question: (caller: OciCaller) => unknown
/** For whom requests were counted, and as what. */
let counted: string[]
/** What the next request counts as. */
let reading: ReadAction | undefined

beforeEach(async () => {
  registry = await openTemporaryRegistry()
  passwords = new Passwords(registry.context, registry.signingKeys, { userMs: 12 * HOUR_MS, anonymousMs: HOUR_MS })
  principal = await registry.addAdministrator()
  password = (await passwords.forUser(principal)).password
  counted = []
  reading = 'pull'
  const count: CountRequest = async (_, accountId, action) => void counted.push(`${accountId ?? 'address'} ${action}`)
  const token = createTokenHandler(passwords, count, 10_000)
  const clientOf = createClientOf(parseAddressRanges('127.0.0.1'))
  const access = createOciAccess({ context: registry.context, passwords, count, clientOf, region: 'us-east-1' })
  server = createServer(async (request, response) => {
    if (request.url?.startsWith('/token')) return token(request, response)
    try {
      response.end(JSON.stringify((await question(await access.authenticate(request, reading))) ?? 'allowed'))
    } catch (error) {
      response.end(JSON.stringify(error instanceof ProblemError ? error.problem : String(error)))
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
const tokenFor = async (query: string, authorization?: string) => {
  const headers = authorization === undefined ? {} : { authorization }
  const { token } = (await (await fetch(`${url}/token/${query}`, { headers })).json()) as { token: string }
  return token
}

describe('access to the registry endpoint', () => {
  const as = async (authorization: string | undefined, asked: typeof question) => {
    question = asked
    const headers = authorization === undefined ? {} : { authorization }
    return (await fetch(`${url}/v2/`, { headers })).json()
  }
  const pushing =
    (action: OciAction = 'PutImage', path = registry.path) =>
    (caller: OciCaller) =>
      asked(caller, path, 'push', action)
  const asked = async (caller: OciCaller, ...question: Parameters<OciCaller['require']>) => {
    await caller.require(...question)
  }
  const mayPush = async (caller: OciCaller) => (await caller.lookToPush(registry.path))?.isAllowed ?? false
  const bearer = async (scope?: string, login: string | undefined = basic('AWS', password)) =>
    `Bearer ${await tokenFor(scope === undefined ? '' : `?scope=${scope}`, login)}`

  it('takes a login in every form that clients send it', async () => {
    const forms = [basic('AWS', password), `Bearer ${password}`, `bearer   ${password}`, await bearer()]
    forms.push(`Bearer ${Buffer.from(`AWS:${password}`).toString('base64')}`)
    for (const form of forms) expect(await as(form, pushing())).toBe('allowed')
  })

  it('counts an account by its name, and whoever has shown no good login by the address', async () => {
    const asked = async (authorization: string | undefined, as: ReadAction | 'nothing' = 'blob') => {
      reading = as === 'nothing' ? undefined : as
      counted = []
      await (await fetch(`${url}/v2/`, authorization === undefined ? {} : { headers: { authorization } })).text()
      return counted
    }
    question = () => {}
    expect(await asked(basic('AWS', password))).toEqual([`${ACCOUNT} blob`])
    const anonymous = `Bearer ${await tokenFor('')}`
    expect(await asked(anonymous)).toEqual(['address blob'])
    expect(await asked(undefined)).toEqual(['address other'])
    expect(await asked(basic('AWS', 'wrong'))).toEqual(['address other'])
    question = pushing()
    expect(await asked(basic('AWS', password), 'nothing')).toEqual([`${ACCOUNT} PutImage`])
    expect(await asked(anonymous, 'nothing')).toEqual(['address other'])
    // A key that was revoked cannot use up what its account has.
    await registry.accounts.revokeAccessKey(principal.accessKey.accessKeyId)
    expect(await asked(basic('AWS', password))).toEqual(['address other'])
    counted = []
    await fetch(`${url}/token/`, { headers: { authorization: basic('AWS', password) } })
    await fetch(`${url}/token/`)
    expect(counted).toEqual(['address token', 'address token'])
  })

  it('knows where the client is, for policies and the audit log', async () => {
    question = caller => caller.actor.sourceAddress
    const from = async (address: string) => {
      const headers = { authorization: basic('AWS', password), 'x-forwarded-for': address }
      return (await fetch(`${url}/v2/`, { headers })).json()
    }
    expect(await from('198.51.100.1')).toBe('198.51.100.1')
    const document = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: '*',
          Condition: { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } },
        },
      ],
    }
    const policyText = JSON.stringify(document)
    await registry.metadata.transaction(rows => rows.repositorySettings.setPolicy(registry.repository.id, policyText))
    question = pushing()
    expect(await from('198.51.100.1')).toMatchObject({ kind: 'forbidden' })
    expect(await from('203.0.113.1')).toBe('allowed')
  })

  it('asks for a login where there is none, and of an anonymous caller who wants to push', async () => {
    expect(await as(undefined, () => {})).toEqual({ kind: 'credentialsMissing' })
    const anonymous = `Bearer ${await tokenFor('')}`
    expect(await as(anonymous, caller => caller.inScope(registry.path, 'pull'))).toBe(true)
    expect(await as(anonymous, mayPush)).toBe(false)
    expect(await as(anonymous, pushing())).toEqual({ kind: 'credentialsMissing' })
  })

  it('holds a token to its scopes', async () => {
    const pull = await bearer('repository:acme/tools/web:pull')
    expect(await as(pull, caller => caller.inScope(registry.path, 'pull'))).toBe(true)
    expect(await as(pull, mayPush)).toBe(false)
    expect(await as(pull, pushing())).toEqual({
      kind: 'scopeInsufficient',
      scope: 'repository:acme/tools/web:pull,push',
    })
    const elsewhere = await bearer('repository:acme/tools/webs:pull,push')
    expect(await as(elsewhere, caller => caller.inScope(registry.path, 'pull'))).toBe(false)
    expect(await as(elsewhere, pushing())).toMatchObject({ kind: 'scopeInsufficient' })
    const push = await bearer('repository:acme/tools/web:pull,push')
    expect(await as(push, pushing())).toBe('allowed')
    const deletion = (caller: OciCaller) => asked(caller, registry.path, 'delete', 'BatchDeleteImage')
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
    await registry.metadata.transaction(rows => rows.repositorySettings.setPolicy(registry.repository.id, policyText))
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

  /** What the caller hears who was allowed to push, and asks again in a transaction after `change`. */
  const afterwards = (change: () => Promise<unknown>, authorization = basic('AWS', password)) =>
    as(authorization, async caller => {
      const { repository } = await caller.require(registry.path, 'push', 'PutImage')
      await change()
      if (repository === undefined) return expect.unreachable()
      await registry.metadata.transaction(rows => readAgain(rows, repository))
    })

  it('asks again, in the transaction that takes effect, whatever may have been taken meanwhile', async () => {
    const { accounts, metadata, repository } = registry
    expect(await afterwards(async () => {})).toBe('allowed')
    const setPolicy = (policyText: string | undefined) =>
      metadata.transaction(rows => rows.repositorySettings.setPolicy(repository.id, policyText))
    const deny = [{ Effect: 'Deny', Principal: '*', Action: 'ecr-public:PutImage' }]
    expect(await afterwards(() => setPolicy(JSON.stringify({ Statement: deny })))).toMatchObject({
      kind: 'forbidden',
      reason: 'explicitDeny',
    })
    await setPolicy(undefined)
    expect(await afterwards(() => accounts.deletePolicy(ACCOUNT, 'admin', 'all'))).toMatchObject({ reason: 'noAllow' })
    await accounts.putPolicy(ACCOUNT, 'admin', 'all', ALLOW_ALL)
    expect(await afterwards(() => accounts.revokeAccessKey(principal.accessKey.accessKeyId))).toEqual({
      kind: 'credentialsRefused',
      reason: 'revoked',
    })
  })

  it('asks again after a user, a signing key or the repository has gone, though they were made again', async () => {
    const { accounts, metadata, signingKeys, repository } = registry
    const [signedBy] = await metadata.rows.signingKeys.list()
    const revoked = { kind: 'credentialsRefused', reason: 'revoked' }
    await signingKeys.rotate()
    expect(await afterwards(() => signingKeys.revoke(signedBy?.id ?? ''))).toEqual(revoked)
    const renewed = basic('AWS', (await passwords.forUser(principal)).password)
    const remake = async () => {
      await accounts.deleteUser(ACCOUNT, 'admin')
      await registry.addAdministrator()
    }
    expect(await afterwards(remake, renewed)).toEqual(revoked)
    const [key] = await metadata.rows.accessKeys.list(ACCOUNT, 'admin')
    const made = await metadata.rows.accessKeys.principal(key?.accessKeyId ?? '')
    if (made === undefined) return expect.unreachable()
    const again = async () => {
      await metadata.transaction(rows => rows.hiddenRepositories.delete(repository.id, 0))
      await registry.addRepository('tools/web')
    }
    expect(await afterwards(again, basic('AWS', (await passwords.forUser(made)).password))).toMatchObject({
      kind: 'repositoryNotFound',
    })
  })

  it('lets who began in time finish, though the token has expired meanwhile', async () => {
    const day = async () => {
      registry.context.clock.time += 24 * HOUR_MS
    }
    expect(await afterwards(day)).toBe('allowed')
    expect(await afterwards(day)).toEqual({ kind: 'credentialsRefused', reason: 'expired' })
  })

  it('does not let one account into another, whose repository has not asked it in', async () => {
    const other = await registry.accounts.createAccount({ alias: 'other', createOnPush: false })
    await registry.accounts.createUser(other.registry.accountId, 'eve')
    const everything = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
    await registry.accounts.putPolicy(other.registry.accountId, 'eve', 'all', everything)
    const key = await registry.accounts.createAccessKey(other.registry.accountId, 'eve')
    const eve = await registry.metadata.rows.accessKeys.principal(key.accessKeyId)
    if (eve === undefined) return expect.unreachable()
    const authorization = basic('AWS', (await passwords.forUser(eve)).password)
    expect(await as(authorization, pushing())).toMatchObject({ kind: 'forbidden', reason: 'noResourceAllow' })
    expect(await as(authorization, mayPush)).toBe(false)
    const guest = { Effect: 'Allow', Principal: { AWS: other.registry.accountId }, Action: 'ecr-public:PutImage' }
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [guest] })
    await setPolicy(registry.context, CALLER, registry.repository, policyText)
    expect(await as(authorization, pushing())).toBe('allowed')
    expect(await as(authorization, mayPush)).toBe(true)
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
