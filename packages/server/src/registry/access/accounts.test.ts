import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAccountId } from '../../domain/names.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import {
  ACCOUNT,
  ALIAS,
  OPERATOR,
  openTemporaryRegistry,
  type TemporaryRegistry,
} from '../../testing/temporary-registry.ts'
import { openTemporarySqliteMetadata } from '../../testing/temporary-sqlite-metadata.ts'
import { Accounts, type NewAccessKey } from './accounts.ts'

const problem = (kind: string) => expect.objectContaining({ problem: expect.objectContaining({ kind }) })
const NOBODY = parseAccountId('999999999999')

let registry: TemporaryRegistry
let accounts: Accounts
beforeEach(async () => {
  registry = await openTemporaryRegistry()
  accounts = registry.accounts
})
afterEach(() => registry[Symbol.asyncDispose]())
const aliases = async () => {
  const rows = await registry.metadata.rows.registries.aliases(ACCOUNT)
  return rows.map(({ alias, primary, isDefault }) => ({ alias, primary, isDefault }))
}

describe('accounts', () => {
  it('get an id and a default alias that looks like those of ECR Public', async () => {
    const made = await accounts.createAccount({ createOnPush: true })
    expect(made.registry).toMatchObject({ accountId: expect.stringMatching(/^[0-9]{12}$/), createOnPush: true })
    expect(made.aliases).toEqual([
      expect.objectContaining({ alias: expect.stringMatching(/^[a-z][a-z0-9]{7}$/), primary: true, isDefault: true }),
    ])
  })

  it('leave nothing behind where the alias is taken', async () => {
    const create = accounts.createAccount({ accountId: NOBODY, alias: ALIAS, createOnPush: false })
    await expect(create).rejects.toEqual(problem('aliasExists'))
    expect(await registry.metadata.rows.registries.find(NOBODY)).toBeUndefined()
    const again = accounts.createAccount({ accountId: ACCOUNT, createOnPush: false })
    await expect(again).rejects.toEqual(problem('accountExists'))
  })

  it('refuse ids and aliases that are none', () => {
    expect(() => accounts.createAccount({ accountId: '12', createOnPush: false })).toThrow('accountIdInvalid')
    for (const alias of [
      'v2',
      'token',
      'logos',
      'healthz',
      'readyz',
      'favicon.ico',
      'robots.txt',
      'sitemap.xml',
      'index.html',
    ]) {
      expect(() => accounts.createAccount({ alias, createOnPush: false })).toThrow('aliasReserved')
      expect(() => accounts.addAlias(ACCOUNT, alias, { primary: false })).toThrow('aliasReserved')
    }
    expect(() => accounts.createAccount({ alias: 'A', createOnPush: false })).toThrow('aliasInvalid')
  })

  it('change their settings one at a time', async () => {
    expect(await accounts.updateRegistry(ACCOUNT, { verified: true })).toMatchObject({
      verified: true,
      createOnPush: false,
    })
    expect(await accounts.updateRegistry(ACCOUNT, { createOnPush: true })).toMatchObject({
      verified: true,
      createOnPush: true,
    })
    await expect(accounts.updateRegistry(NOBODY, { verified: true })).rejects.toEqual(problem('accountNotFound'))
  })
})

describe('aliases', () => {
  it('have one that is primary, and keep that and the default one', async () => {
    await accounts.addAlias(ACCOUNT, 'second', { primary: false })
    await expect(accounts.deleteAlias(ALIAS)).rejects.toEqual(problem('aliasInUse'))
    await accounts.makePrimary('second')
    expect((await aliases()).filter(row => row.primary)).toEqual([{ alias: 'second', primary: true, isDefault: false }])
    await accounts.deleteAlias(ALIAS)
    const standard = (await aliases()).find(row => row.isDefault)
    await expect(accounts.deleteAlias(standard?.alias ?? '')).rejects.toEqual(problem('aliasInUse'))
    await expect(accounts.deleteAlias(ALIAS)).rejects.toEqual(problem('aliasNotFound'))
    await expect(accounts.makePrimary(ALIAS)).rejects.toEqual(problem('aliasNotFound'))
    await expect(accounts.addAlias(NOBODY, 'third', { primary: true })).rejects.toEqual(problem('accountNotFound'))
    await expect(accounts.addAlias(ACCOUNT, 'second', { primary: true })).rejects.toEqual(problem('aliasExists'))
  })
})

describe('users and keys', () => {
  it('need what they belong to', async () => {
    await expect(accounts.createUser(NOBODY, 'ann')).rejects.toEqual(problem('accountNotFound'))
    await expect(accounts.createAccessKey(ACCOUNT, 'ann')).rejects.toEqual(problem('userNotFound'))
    await expect(accounts.putPolicy(ACCOUNT, 'ann', 'p', '{}')).rejects.toEqual(problem('userNotFound'))
    await expect(accounts.deletePolicy(ACCOUNT, 'ann', 'p')).rejects.toEqual(problem('userPolicyNotFound'))
    await expect(accounts.deleteUser(ACCOUNT, 'ann')).rejects.toEqual(problem('userNotFound'))
    await expect(accounts.revokeAccessKey('AKIA')).rejects.toEqual(problem('accessKeyNotFound'))
    await expect(accounts.rotateAccessKey('AKIA')).rejects.toEqual(problem('accessKeyNotFound'))
  })

  it.each(['', 'a b', 'a/b', 'a'.repeat(65), 'a\n', '../x', 'é'])('refuse the user name %j', name => {
    expect(() => accounts.createUser(ACCOUNT, name)).toThrow('parameterInvalid')
  })

  it('keep secrets sealed, each for its own key', async () => {
    await registry.addAdministrator('ann')
    const key = await accounts.createAccessKey(ACCOUNT, 'ann')
    const row = await registry.metadata.rows.accessKeys.find(key.accessKeyId)
    expect(JSON.stringify(row)).not.toContain(key.secretAccessKey)
    expect(registry.sealer.open(row?.sealedSecret ?? '', key.accessKeyId)).toBe(key.secretAccessKey)
    expect(() => registry.sealer.open(row?.sealedSecret ?? '', 'AKIAOTHER')).toThrow()
  })

  it('rotate a key: the new one works, the old one does not', async () => {
    const { accessKey } = await registry.addAdministrator('ann')
    const made = await accounts.rotateAccessKey(accessKey.accessKeyId)
    const rows = await registry.metadata.rows.accessKeys.list(ACCOUNT, 'ann')
    expect(new Map(rows.map(row => [row.accessKeyId, row.active]))).toEqual(
      new Map([
        [accessKey.accessKeyId, false],
        [made.accessKeyId, true],
      ]),
    )
  })

  it('make and replace no key that could not be shown', async () => {
    const { accessKey } = await registry.addAdministrator('ann')
    const before = (await registry.metadata.rows.audit.list({}, { limit: 100 })).length
    const show = () => Promise.reject(new Error('the disk is full'))
    await expect(accounts.createAccessKey(ACCOUNT, 'ann', show)).rejects.toThrow('the disk is full')
    await expect(accounts.rotateAccessKey(accessKey.accessKeyId, show)).rejects.toThrow('the disk is full')
    expect(await registry.metadata.rows.accessKeys.list(ACCOUNT, 'ann')).toEqual([accessKey])
    expect(await registry.metadata.rows.audit.list({}, { limit: 100 })).toHaveLength(before)
  })

  it('rotate in one step: no key stays that nobody was shown', async () => {
    const { accessKey } = await registry.addAdministrator('ann')
    const { metadata } = registry
    const failing: MetadataStore = {
      ...metadata,
      transaction: work =>
        metadata.transaction(rows => {
          const setActive = () => Promise.reject(new Error('not now'))
          return work({ ...rows, accessKeys: { ...rows.accessKeys, setActive } })
        }),
    }
    const rotating = new Accounts({ ...registry.context, metadata: failing }, registry.sealer, OPERATOR)
    await expect(rotating.rotateAccessKey(accessKey.accessKeyId)).rejects.toThrow('not now')
    expect(await metadata.rows.accessKeys.list(ACCOUNT, 'ann')).toEqual([accessKey])
  })
})

describe('bootstrap', () => {
  it('makes one administrator in an empty store, after its key was kept', async () => {
    const metadata = await openTemporarySqliteMetadata()
    try {
      const empty = new Accounts({ ...registry.context, metadata }, registry.sealer, OPERATOR)
      const discard = () => Promise.reject(new Error('it is to be kept'))
      const full = { keep: () => Promise.reject(new Error('disk full')), discard }
      await expect(empty.bootstrap(false, full)).rejects.toThrow('disk full')
      expect(await metadata.rows.registries.list({ limit: 1 })).toEqual([])

      const kept: NewAccessKey[] = []
      const keep = async (key: NewAccessKey) => void kept.push(key)
      const accountId = await empty.bootstrap(true, { keep, discard })
      expect(await empty.bootstrap(true, { keep, discard })).toBeUndefined()
      expect(kept).toHaveLength(1)
      const principal = await metadata.rows.accessKeys.principal(kept[0]?.accessKeyId ?? '')
      expect(principal).toMatchObject({ accessKey: { accountId, userName: 'admin', active: true } })
      expect(principal?.policies).toHaveLength(1)
    } finally {
      await metadata.close()
    }
  })

  it('discards the key of a server that was not the first after all', async () => {
    const metadata = await openTemporarySqliteMetadata()
    try {
      const empty = new Accounts({ ...registry.context, metadata }, registry.sealer, OPERATOR)
      let other: string | undefined
      const discarded: string[] = []
      const keep = async () => {
        other = await empty.bootstrap(false, { keep: async () => {}, discard: async () => {} })
      }
      const discard = async () => void discarded.push('once')
      expect(await empty.bootstrap(false, { keep, discard })).toBeUndefined()
      expect(discarded).toEqual(['once'])
      expect((await metadata.rows.registries.list({ limit: 2 })).map(row => row.accountId)).toEqual([other])
    } finally {
      await metadata.close()
    }
  })
})
