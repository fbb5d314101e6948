import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProblemError } from '../../domain/problem.ts'
import type { NewAccessKey } from '../../registry/access/accounts.ts'
import { Passwords } from '../../registry/access/passwords.ts'
import { ACCOUNT, ALLOW_ALL, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { createClientOf } from '../client.ts'
import { signedFetch } from '../control/testing/signed-fetch.ts'
import { createControlAccess } from './control-access.ts'
import type { ControlCaller } from './control-caller.ts'

let registry: TemporaryRegistry
let passwords: Passwords
let key: NewAccessKey
let server: Server
let port: number
/** What is done with the next caller. */
let question: (caller: ControlCaller) => unknown = () => 'allowed'
let bodiesRead = 0
/** Called when the body of a call is asked for. */
let bodyWanted = () => {}
/** The service that the operation asked for belongs to. */
let signingName = 'ecr-public'

beforeEach(async () => {
  registry = await openTemporaryRegistry()
  const { context, sealer, accounts } = registry
  passwords = new Passwords(context, registry.signingKeys, { userMs: 1_000, anonymousMs: 1_000 })
  await accounts.createUser(ACCOUNT, 'ann')
  await accounts.putPolicy(ACCOUNT, 'ann', 'all', ALLOW_ALL)
  key = await accounts.createAccessKey(ACCOUNT, 'ann')
  const access = createControlAccess({
    context,
    sealer,
    passwords,
    count: async () => {},
    clientOf: createClientOf(),
    regions: new Set(['us-east-1']),
  })
  server = createServer(async (request, response) => {
    await nextTurn() // a body that comes with its head is there by now
    try {
      const body = async () => {
        bodiesRead += 1
        bodyWanted()
        const hash = createHash('sha256')
        for await (const chunk of request) hash.update(chunk as Buffer)
        return hash.digest('hex')
      }
      const caller = await access.authenticate(request, body, { operation: 'PutImage', signingName })
      response.end(JSON.stringify((await question(caller)) ?? 'allowed'))
    } catch (error) {
      response.end(JSON.stringify(error instanceof ProblemError ? error.problem : String(error)))
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  question = () => 'allowed'
  bodyWanted = () => {}
  signingName = 'ecr-public'
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await registry[Symbol.asyncDispose]()
})

interface Change {
  readonly key?: Partial<NewAccessKey>
  readonly region?: string
  readonly sent?: string | ReadableStream
  readonly service?: string
}
const call = async (change: Change = {}) => {
  const { key: changedKey, ...rest } = change
  const response = await signedFetch(`http://127.0.0.1:${port}/`, {
    credentials: { ...key, ...changedKey },
    service: 'ecr-public',
    target: 'S.PutImage',
    body: '{"a":1}',
    signedAt: new Date(registry.context.clock.time),
    ...rest,
  })
  return response.json()
}

describe('control access', () => {
  it('knows the caller by its signature', async () => {
    question = ({ accountId, userName, accessKeyId }) => ({ accountId, userName, accessKeyId })
    expect(await call()).toEqual({ accountId: ACCOUNT, userName: 'ann', accessKeyId: key.accessKeyId })
  })

  it('believes no signature over another body, by another secret, or for another service', async () => {
    expect(await call({ sent: '{"a":2}' })).toMatchObject({ kind: 'signatureMismatch' })
    expect(await call({ key: { secretAccessKey: 'x' } })).toMatchObject({ kind: 'signatureMismatch' })
    expect(await call({ service: 'ecr' })).toMatchObject({ kind: 'signatureMismatch' })
    expect(await call({ key: { accessKeyId: 'AKIANOBODY' } })).toEqual({ kind: 'accessKeyUnknown' })
  })

  it('wants the signature of the service that is asked', async () => {
    signingName = 'ecr'
    expect(await call({ service: 'ecr' })).toBe('allowed')
    expect(await call()).toMatchObject({ kind: 'signatureMismatch' })
  })

  it("does not ask for a stranger's body", async () => {
    bodiesRead = 0
    await call({ key: { accessKeyId: 'AKIANOBODY' } })
    await call({ service: 'ecr' })
    expect(bodiesRead).toBe(0)
    await call()
    expect(bodiesRead).toBe(1)
  })

  it('serves its own regions only, and says so to those who signed well', async () => {
    expect(await call({ region: 'eu-west-1' })).toEqual({ kind: 'regionUnsupported', operation: 'PutImage' })
    expect(await call({ region: 'eu-west-1', sent: 'x' })).toMatchObject({ kind: 'signatureMismatch' })
  })

  it('refuses a key from the moment that it is revoked or its user deleted', async () => {
    expect(await call()).toBe('allowed')
    await registry.accounts.revokeAccessKey(key.accessKeyId)
    expect(await call()).toEqual({ kind: 'accessKeyUnknown' })
    key = await registry.accounts.createAccessKey(ACCOUNT, 'ann')
    expect(await call()).toBe('allowed')
    await registry.accounts.deleteUser(ACCOUNT, 'ann')
    expect(await call()).toEqual({ kind: 'accessKeyUnknown' })
  })

  it('looks once more at who signed, where the body came after that', async () => {
    const { accounts } = registry
    const lookUps = vi.spyOn(registry.metadata.rows.accessKeys, 'principal')
    expect(await call()).toBe('allowed')
    expect(lookUps).toHaveBeenCalledTimes(1)
    const afterwards = (change: () => Promise<unknown>) => {
      const wanted = new Promise<void>(resolve => {
        bodyWanted = resolve
      })
      const body = async function* () {
        yield Buffer.from('{"a"') // the head goes with it
        await wanted
        await change()
        yield Buffer.from(':1}')
      }
      return call({ sent: ReadableStream.from(body()) })
    }
    question = caller => void caller.require('ecr-public:DescribeImages', { kind: 'any' })
    expect(await afterwards(async () => {})).toBe('allowed')
    expect(await afterwards(() => accounts.deletePolicy(ACCOUNT, 'ann', 'all'))).toMatchObject({ reason: 'noAllow' })
    await accounts.putPolicy(ACCOUNT, 'ann', 'all', ALLOW_ALL)
    expect(await afterwards(() => accounts.revokeAccessKey(key.accessKeyId))).toEqual({ kind: 'accessKeyUnknown' })
  })

  it('asks the policies for an action on a resource, with the tags of both', async () => {
    const Condition = { StringEquals: { 'aws:RequestTag/team': 'web' } }
    const Statement = [{ Effect: 'Allow', Action: 'ecr-public:*', Resource: '*', Condition }]
    await registry.accounts.putPolicy(ACCOUNT, 'ann', 'all', JSON.stringify({ Version: '2012-10-17', Statement }))
    const resource = { kind: 'registry', accountId: ACCOUNT } as const
    question = caller => void caller.require('ecr-public:CreateRepository', resource)
    expect(await call()).toMatchObject({
      kind: 'forbidden',
      resource: `arn:aws:ecr-public::${ACCOUNT}:registry/${ACCOUNT}`,
    })
    const requestTags = [{ key: 'team', value: 'web' }]
    question = caller => void caller.require('ecr-public:CreateRepository', resource, { requestTags })
    expect(await call()).toBe('allowed')
  })

  it('asks again, in the transaction that takes effect, whatever may have been taken meanwhile', async () => {
    const { accounts, metadata, repository, path } = registry
    const afterwards = (change: () => Promise<unknown>) => {
      question = async caller => {
        const row = await metadata.rows.repositories.get(repository.id)
        const resource = { kind: 'repository', accountId: ACCOUNT, name: path.name, row } as const
        const confirm = caller.require('ecr-public:PutImage', resource)
        await change()
        await metadata.transaction(async rows => confirm(rows, await rows.repositories.get(repository.id)))
      }
      return call()
    }
    expect(await afterwards(async () => {})).toBe('allowed')
    const deny = { Statement: [{ Effect: 'Deny', Principal: '*', Action: 'ecr-public:PutImage' }] }
    const setPolicy = (policyText: string | undefined) =>
      metadata.transaction(rows => rows.repositorySettings.setPolicy(repository.id, policyText))
    expect(await afterwards(() => setPolicy(JSON.stringify(deny)))).toMatchObject({ reason: 'explicitDeny' })
    await setPolicy(undefined)
    expect(await afterwards(() => accounts.deletePolicy(ACCOUNT, 'ann', 'all'))).toMatchObject({ reason: 'noAllow' })
    await accounts.putPolicy(ACCOUNT, 'ann', 'all', ALLOW_ALL)
    const hours = { Effect: 'Deny', Action: '*', Resource: '*' }
    const Condition = {
      DateGreaterThan: { 'aws:CurrentTime': new Date(registry.context.clock.time + 1).toISOString() },
    }
    await accounts.putPolicy(ACCOUNT, 'ann', 'hours', JSON.stringify({ Statement: [{ ...hours, Condition }] }))
    const wait = async () => {
      registry.context.clock.time += 2
    }
    expect(await afterwards(wait)).toMatchObject({ reason: 'explicitDeny' })
    await accounts.deletePolicy(ACCOUNT, 'ann', 'hours')
    const remake = async () => {
      await accounts.deleteUser(ACCOUNT, 'ann')
      await accounts.createUser(ACCOUNT, 'ann')
      await accounts.putPolicy(ACCOUNT, 'ann', 'all', ALLOW_ALL)
    }
    expect(await afterwards(remake)).toEqual({ kind: 'accessKeyUnknown' })
  })

  it('foresees what a policy would do to its own author', async () => {
    const row = await registry.metadata.rows.repositories.get(registry.repository.id)
    const resource = { kind: 'repository', accountId: ACCOUNT, name: registry.path.name, row } as const
    const action = 'ecr-public:SetRepositoryPolicy'
    const after = (Effect: string) => ({
      policyText: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Principal: '*', Action: action }] }),
      policyPrincipals: undefined,
      resourceTags: [],
    })
    question = caller => [
      caller.wouldAllow(action, resource, after('Deny')),
      caller.wouldAllow(action, resource, after('Allow')),
    ]
    expect(await call()).toEqual([false, true])
  })

  it('issues a password for its caller', async () => {
    question = caller => caller.issuePassword()
    const { password } = (await call()) as { password: string }
    expect((await passwords.verify(password)).principal?.accessKey.accessKeyId).toBe(key.accessKeyId)
  })
})
