import { describe, expect, it } from 'vitest'
import { isProblem } from '../../../domain/problem.ts'
import type { MetadataStore } from '../../metadata-store.ts'
import type { AccessKeyRow } from '../../rows/access/access-keys.ts'
import type { UserPolicyRow } from '../../rows/access/users.ts'
import { ACCOUNT, addRegistry, OTHER_ACCOUNT, type WithStore } from '../testing/fixtures.ts'

export function userContract(withStore: WithStore): void {
  const user = (userName: string, accountId = ACCOUNT) => ({
    accountId,
    userName,
    userId: `id of ${userName}`,
    createdAt: 3,
  })
  const policy = (policyName: string, document: string, userName = 'ada'): UserPolicyRow => ({
    accountId: ACCOUNT,
    userName,
    policyName,
    document,
  })
  const accessKey = (accessKeyId: string, change: Partial<AccessKeyRow> = {}): AccessKeyRow => ({
    accessKeyId,
    accountId: ACCOUNT,
    userName: 'ada',
    sealedSecret: 'sealed',
    active: true,
    createdAt: 4,
    ...change,
  })
  const addUsers = (store: MetadataStore) =>
    store.transaction(async rows => {
      await addRegistry(rows)
      await addRegistry(rows, OTHER_ACCOUNT, 'other')
      for (const name of ['bob', 'ada', 'Zoe']) await rows.users.create(user(name))
      await rows.users.create(user('ada', OTHER_ACCOUNT))
    })

  describe('users', () => {
    it(
      'are unique in their account and listed by name in byte order',
      withStore(async store => {
        await addUsers(store)
        expect(await store.rows.users.find(ACCOUNT, 'bob')).toEqual(user('bob'))
        expect(await store.rows.users.find(OTHER_ACCOUNT, 'bob')).toBeUndefined()
        expect((await store.rows.users.list(ACCOUNT)).map(row => row.userName)).toEqual(['Zoe', 'ada', 'bob'])
        const again = store.transaction(rows => rows.users.create(user('ada')))
        await expect(again).rejects.toSatisfy(error => isProblem(error, 'userExists'))
      }),
    )

    it(
      'take their policies and keys along when they go',
      withStore(async store => {
        await addUsers(store)
        await store.transaction(async ({ users, accessKeys }) => {
          await users.putPolicy(policy('p', '{}'))
          await accessKeys.add(accessKey('AK1'))
          await accessKeys.add(accessKey('AK2', { userName: 'bob' }))
          expect(await users.delete(ACCOUNT, 'ada')).toBe(true)
          expect(await users.delete(ACCOUNT, 'ada')).toBe(false)
        })
        const { users, accessKeys } = store.rows
        expect(await users.find(ACCOUNT, 'ada')).toBeUndefined()
        expect(await users.policies(ACCOUNT, 'ada')).toEqual([])
        expect(await accessKeys.find('AK1')).toBeUndefined()
        expect(await accessKeys.principal('AK1')).toBeUndefined()
        expect(await accessKeys.find('AK2')).toBeDefined()
        expect(await users.find(OTHER_ACCOUNT, 'ada')).toBeDefined()
      }),
    )

    it(
      'have policies by name, replaced by a new one of the same name',
      withStore(async store => {
        await addUsers(store)
        await store.transaction(async ({ users }) => {
          await users.putPolicy(policy('two', 'old'))
          await users.putPolicy(policy('one', '1'))
          await users.putPolicy(policy('two', 'new'))
          await users.putPolicy(policy('two', "bob's", 'bob'))
        })
        expect(await store.rows.users.policies(ACCOUNT, 'ada')).toEqual([policy('one', '1'), policy('two', 'new')])
        await store.transaction(async ({ users }) => {
          expect(await users.deletePolicy(ACCOUNT, 'ada', 'two')).toBe(true)
          expect(await users.deletePolicy(ACCOUNT, 'ada', 'two')).toBe(false)
        })
        expect(await store.rows.users.policies(ACCOUNT, 'ada')).toEqual([policy('one', '1')])
        expect(await store.rows.users.policies(ACCOUNT, 'bob')).toEqual([policy('two', "bob's", 'bob')])
      }),
    )

    it(
      'have keys in the order of creation, which can be switched off',
      withStore(async store => {
        await addUsers(store)
        const [late, early] = [accessKey('AK1', { createdAt: 9 }), accessKey('AK2', { createdAt: 8 })]
        await store.transaction(async ({ accessKeys }) => {
          await accessKeys.add(late)
          await accessKeys.add(early)
        })
        expect(await store.rows.accessKeys.list(ACCOUNT, 'ada')).toEqual([early, late])
        await store.transaction(async ({ accessKeys }) => {
          expect(await accessKeys.setActive('AK1', false)).toBe(true)
          expect(await accessKeys.setActive('absent', false)).toBe(false)
        })
        expect(await store.rows.accessKeys.find('AK1')).toEqual({ ...late, active: false })
        expect(await store.rows.accessKeys.list(ACCOUNT, 'ada')).toEqual([early, { ...late, active: false }])
      }),
    )

    it(
      'are read as a principal: the key and the policies of its user',
      withStore(async store => {
        await addUsers(store)
        const [adas, bobs] = [accessKey('AK1'), accessKey('AK2', { userName: 'bob', active: false })]
        await store.transaction(async ({ users, accessKeys }) => {
          await accessKeys.add(adas)
          await accessKeys.add(bobs)
          await users.putPolicy(policy('b', 'second'))
          await users.putPolicy(policy('a', 'first'))
        })
        expect(await store.rows.accessKeys.principal('AK1')).toEqual({
          ...{ accessKey: adas, userId: 'id of ada' },
          policies: ['first', 'second'],
        })
        expect(await store.rows.accessKeys.principal('AK2')).toEqual({
          ...{ accessKey: bobs, userId: 'id of bob' },
          policies: [],
        })
        expect(await store.rows.accessKeys.principal('AK3')).toBeUndefined()
      }),
    )
  })
}
