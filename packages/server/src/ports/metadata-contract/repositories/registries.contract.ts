import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AccountId, parseAccountId, parseRegistryAlias } from '../../../domain/names.ts'
import { isProblem } from '../../../domain/problem.ts'
import type { MetadataStore } from '../../metadata-store.ts'
import type { Page } from '../../rows/common.ts'
import type { AliasRow } from '../../rows/repositories/registries.ts'
import { ACCOUNT, ALIAS, addRegistry, OTHER_ACCOUNT, type WithStore, walk } from '../testing/fixtures.ts'

export function registryContract(withStore: WithStore): void {
  const alias = (name: string, change: Partial<AliasRow> = {}): AliasRow => ({
    alias: parseRegistryAlias(name),
    accountId: ACCOUNT,
    primary: false,
    isDefault: false,
    createdAt: 10,
    ...change,
  })
  const primaries = async (store: MetadataStore) =>
    (await store.rows.registries.aliases(ACCOUNT)).filter(row => row.primary).map(row => row.alias)

  describe('registries', () => {
    it(
      'come back as they were made, once an account',
      withStore(async store => {
        const row = { accountId: ACCOUNT, createdAt: 7, displayName: 'Acme', verified: true, createOnPush: true }
        await store.transaction(rows => rows.registries.create(row))
        expect(await store.rows.registries.find(ACCOUNT)).toEqual(row)
        expect(await store.rows.registries.find(OTHER_ACCOUNT)).toBeUndefined()
        const again = store.transaction(rows => rows.registries.create({ ...row, createdAt: 8 }))
        await expect(again).rejects.toSatisfy(error => isProblem(error, 'accountExists'))
        expect(await store.rows.registries.find(ACCOUNT)).toEqual(row)
      }),
    )

    it(
      'change the members that are given, and no others',
      withStore(async store => {
        await store.transaction(rows => addRegistry(rows))
        const update = (change: Parameters<typeof store.rows.registries.update>[1]) =>
          store.transaction(rows => rows.registries.update(ACCOUNT, change))
        await update({ displayName: 'Acme', createOnPush: true })
        await update({ verified: true })
        await update({})
        const row = { accountId: ACCOUNT, createdAt: 1, displayName: 'Acme', verified: true, createOnPush: true }
        expect(await store.rows.registries.find(ACCOUNT)).toEqual(row)
        await update({ displayName: undefined, verified: false })
        expect(await store.rows.registries.find(ACCOUNT)).toEqual({ ...row, displayName: undefined, verified: false })
      }),
    )

    it(
      'are listed by account id, each once at any page size',
      withStore(async store => {
        const ids = ['300000000000', '000000000001', '999999999999', '100000000000', '300000000001'].map(parseAccountId)
        await store.transaction(async rows => {
          for (const [n, id] of ids.entries()) await addRegistry(rows, id, `alias${n}`)
        })
        await fc.assert(
          fc.asyncProperty(fc.integer({ min: 1, max: 7 }), async limit => {
            const all = await walk(
              (page: Page<AccountId>) => store.rows.registries.list(page),
              row => row.accountId,
              limit,
            )
            expect(all.map(row => row.accountId)).toEqual([...ids].sort())
          }),
          { numRuns: 7 },
        )
      }),
    )
  })

  describe('aliases', () => {
    it(
      'are unique over all registries',
      withStore(async store => {
        await store.transaction(async rows => {
          await addRegistry(rows)
          await addRegistry(rows, OTHER_ACCOUNT, 'other')
        })
        const taken = store.transaction(rows => rows.registries.addAlias(alias('other', { primary: true })))
        await expect(taken).rejects.toSatisfy(error => isProblem(error, 'aliasExists'))
        expect(await store.rows.registries.findAlias(parseRegistryAlias('other'))).toMatchObject({
          accountId: OTHER_ACCOUNT,
          primary: true,
        })
        expect(await store.rows.registries.findAlias(parseRegistryAlias('absent'))).toBeUndefined()
      }),
    )

    it(
      'are listed with the default first, then in the order of creation',
      withStore(async store => {
        await store.transaction(async rows => {
          await addRegistry(rows)
          await rows.registries.addAlias(alias('zeta', { createdAt: 0 }))
          await rows.registries.addAlias(alias('beta', { createdAt: 30 }))
          await rows.registries.addAlias(alias('gamma', { createdAt: 20, primary: true }))
        })
        const listed = await store.rows.registries.aliases(ACCOUNT)
        expect(listed.map(row => row.alias)).toEqual([ALIAS, 'zeta', 'gamma', 'beta'])
        expect(listed[2]).toEqual(alias('gamma', { createdAt: 20, primary: true }))
      }),
    )

    it(
      'have exactly one primary a registry, whatever is done to them',
      withStore(async store => {
        await store.transaction(async rows => {
          await addRegistry(rows)
          await addRegistry(rows, OTHER_ACCOUNT, 'other')
        })
        const names = ['second', 'third', 'fourth', ALIAS].map(parseRegistryAlias)
        const step = fc.record({
          action: fc.constantFrom('add', 'addPrimary', 'makePrimary', 'delete'),
          name: fc.constantFrom(...names),
        })
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
            for (const { action, name } of steps) {
              await store.transaction(async ({ registries }) => {
                if (action === 'makePrimary') await registries.makePrimary(name)
                else if (action === 'delete') await registries.deleteAlias(name)
                else if ((await registries.findAlias(name)) === undefined) {
                  await registries.addAlias(alias(name, { primary: action === 'addPrimary' }))
                }
              })
              expect(await primaries(store)).toHaveLength(1)
            }
            expect(await store.rows.registries.findAlias(ALIAS)).toMatchObject({ isDefault: true })
            const [other] = await store.rows.registries.aliases(OTHER_ACCOUNT)
            expect(other).toMatchObject({ alias: 'other', primary: true })
          }),
          { numRuns: 25 },
        )
      }),
    )

    it(
      'give the primary place to the new primary, and back to the default when that one goes',
      withStore(async store => {
        const second = parseRegistryAlias('second')
        await store.transaction(async rows => {
          await addRegistry(rows)
          await rows.registries.addAlias(alias(second))
        })
        expect(await primaries(store)).toEqual([ALIAS])
        await store.transaction(rows => rows.registries.makePrimary(second))
        expect(await primaries(store)).toEqual([second])
        await store.transaction(rows => rows.registries.makePrimary(parseRegistryAlias('absent')))
        expect(await primaries(store)).toEqual([second])
        await store.transaction(rows => rows.registries.deleteAlias(second))
        expect(await primaries(store)).toEqual([ALIAS])
        expect(await store.rows.registries.findAlias(second)).toBeUndefined()
      }),
    )
  })
}
