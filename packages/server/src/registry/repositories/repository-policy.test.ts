import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAccountId } from '../../domain/names.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import {
  ACCOUNT,
  ALLOW_ALL,
  CALLER,
  openTemporaryRegistry,
  type TemporaryRegistry,
} from '../../testing/temporary-registry.ts'
import { decide } from '../access/authorize.ts'
import { bindPolicies } from '../access/bind-policies.ts'
import { policyOf, setPolicy } from './repository-policy.ts'

const ELSEWHERE = parseAccountId('999988887777')
const userArn = (name: string, account: string = ACCOUNT) => `arn:aws:iam::${account}:user/${name}`
const naming = (Principal: unknown, change: object = {}) =>
  JSON.stringify({ Statement: [{ Effect: 'Allow', Principal, Action: '*', ...change }] }, undefined, 1)

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const set = (text: string) => setPolicy(registry.context, CALLER, registry.repository, text)
const row = async () => {
  const found = await registry.metadata.rows.repositories.get(registry.repository.id)
  if (found === undefined) throw new Error('the repository is gone')
  return found
}
const shown = async () => policyOf(registry.metadata.rows, await row())
/** A new user with a key, and with the policies given. */
const makeUser = async (userName: string, accountId = ACCOUNT, ...documents: string[]): Promise<Principal> => {
  await registry.accounts.createUser(accountId, userName)
  for (const [n, document] of documents.entries())
    await registry.accounts.putPolicy(accountId, userName, `p${n}`, document)
  const { accessKeyId } = await registry.accounts.createAccessKey(accountId, userName)
  const principal = await registry.metadata.rows.accessKeys.principal(accessKeyId)
  if (principal === undefined) throw new Error('the key that was made is not there')
  return principal
}
const may = async (principal: Principal) => {
  const circumstances = { nowMs: 0, sourceIp: '::1', secureTransport: true, userAgent: 'x', region: 'us-east-1' }
  const request = { action: 'ecr-public:PutImage', resource: '*', ownerId: ACCOUNT, repository: await row() }
  return decide(principal, request, circumstances).allowed
}
const notFound = (...names: string[]) => ({
  problem: { kind: 'parameterInvalid', member: 'PolicyText', constraint: `Principal not found: ${names.join(', ')}` },
})

describe('the principals of a repository policy', () => {
  it('are those who had their names when it was set', async () => {
    const ann = await makeUser('ann')
    await set(naming({ AWS: [userArn('ann'), 'arn:aws:iam::999988887777:role/x'] }))
    expect(await may(ann)).toBe(true)
    await registry.accounts.deleteUser(ACCOUNT, 'ann')
    const other = await makeUser('ann')
    expect(other.userId).not.toBe(ann.userId)
    expect(await may(other)).toBe(false)
    await set(naming({ AWS: userArn('ann') }))
    expect(await may(other)).toBe(true)
  })

  it('must be there, where their account is', async () => {
    await makeUser('ann')
    await set(naming('*'))
    for (const name of ['nobody', 'Ann', 'ann/ann', 'ann/']) {
      const refused = set(naming({ AWS: [userArn('ann'), userArn(name)] }))
      await expect(refused, name).rejects.toMatchObject(notFound(userArn(name)))
    }
    await expect(set(naming({ AWS: 'AIDAABCDEFGHIJKLMNOP' }))).rejects.toMatchObject(notFound('AIDAABCDEFGHIJKLMNOP'))
    const denying = naming(undefined, { Effect: 'Deny', NotPrincipal: { AWS: userArn('nobody') } })
    await expect(set(denying)).rejects.toMatchObject(notFound(userArn('nobody')))
    expect(await shown()).toBe(naming('*'))
  })

  it('of accounts that are not here match nobody, also when they are made later', async () => {
    await set(naming({ AWS: [userArn('eve', ELSEWHERE), ELSEWHERE] }))
    await registry.accounts.createAccount({ accountId: ELSEWHERE, createOnPush: false })
    const eve = await makeUser('eve', ELSEWHERE, ALLOW_ALL)
    expect(await may(eve)).toBe(false)
    await set(naming({ AWS: `arn:aws:iam::${ELSEWHERE}:root` }))
    expect(await may(eve)).toBe(true)
  })

  it('that are nobody spare nobody from a Deny', async () => {
    const ann = await makeUser('ann', ACCOUNT, ALLOW_ALL)
    const sparing = (...AWS: string[]) => naming(undefined, { Effect: 'Deny', NotPrincipal: { AWS } })
    await set(sparing(userArn('ann')))
    expect(await may(ann)).toBe(true)
    await set(sparing('arn:aws:iam::999988887777:role/x'))
    expect(await may(ann)).toBe(false)
    await set(sparing(userArn('ann')))
    await registry.accounts.deleteUser(ACCOUNT, 'ann')
    expect(await may(await makeUser('ann', ACCOUNT, ALLOW_ALL))).toBe(false)
  })

  it('are shown by their names, and by their ids once they are gone', async () => {
    const ann = await makeUser('ann')
    await makeUser('bob')
    const text = naming({ AWS: [userArn('ann'), userArn('bob'), userArn('eve', ELSEWHERE)] }, { Sid: userArn('ann') })
    await set(text)
    expect(await shown()).toBe(text)
    await registry.accounts.deleteUser(ACCOUNT, 'ann')
    const gone = naming({ AWS: [ann.userId, userArn('bob'), userArn('eve', ELSEWHERE)] }, { Sid: userArn('ann') })
    expect(await shown()).toBe(gone)
    await makeUser('ann')
    expect(await shown()).toBe(gone)
    await expect(set(gone)).rejects.toMatchObject(notFound(ann.userId))
  })
})

describe('policies from before principals were bound', () => {
  const setOfOld = (text: string) =>
    registry.metadata.transaction(rows => rows.repositorySettings.setPolicy(registry.repository.id, text))
  const bind = () => bindPolicies(registry.context, CALLER)

  it('are bound to who is there, and the rest is recorded', async () => {
    const ann = await makeUser('ann')
    const text = naming({ AWS: [userArn('ann'), userArn('gone'), userArn('eve', ELSEWHERE)] })
    await setOfOld(text)
    expect(await may(ann)).toBe(false)
    const principals = [userArn('gone'), userArn('eve', ELSEWHERE)]
    expect(await bind()).toEqual([{ accountId: ACCOUNT, repository: 'tools/web', principals }])
    expect(await may(ann)).toBe(true)
    expect(await shown()).toBe(text)
    expect(await may(await makeUser('gone'))).toBe(false)
    const records = await registry.metadata.rows.audit.list({ action: 'BindPolicyPrincipals' }, { limit: 9 })
    expect(records).toMatchObject([{ repository: 'tools/web', detail: `nobody is ${principals.join(', ')}` }])
  })

  it('are bound once, however many there are', async () => {
    await makeUser('ann')
    for (let n = 0; n < 205; n += 1) {
      const { repository } = await registry.addRepository(`many/r${n}`)
      await registry.metadata.transaction(rows =>
        rows.repositorySettings.setPolicy(repository.id, naming({ AWS: userArn('ann') })),
      )
    }
    await setOfOld('no policy')
    expect(await bind()).toEqual([])
    expect(await registry.metadata.rows.repositorySettings.unbound(1)).toEqual([])
    await registry.accounts.deleteUser(ACCOUNT, 'ann')
    const later = await makeUser('ann')
    expect(await bind()).toEqual([])
    await set(naming({ AWS: userArn('ann') }))
    expect(await may(later)).toBe(true)
  })
})
