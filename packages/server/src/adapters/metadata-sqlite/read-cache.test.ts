import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseRegistryAlias } from '../../domain/names.ts'
import { ACCOUNT } from '../../ports/metadata-contract/fixtures.contract.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { openSqliteMetadata } from './open-sqlite-metadata.ts'

const ALIAS = parseRegistryAlias('cached')

describe('reads that are answered from memory', () => {
  let folder: string
  let here: MetadataStore
  let elsewhere: MetadataStore

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-cache-'))
    const file = join(folder, 'berth.db')
    here = await openSqliteMetadata({ file })
    // As another process would: connections of its own to the same file.
    elsewhere = await openSqliteMetadata({ file })
    await here.transaction(({ registries }) =>
      registries.create({
        accountId: ACCOUNT,
        createdAt: 1,
        displayName: undefined,
        verified: false,
        createOnPush: false,
      }),
    )
  })

  afterEach(async () => {
    await here.close()
    await elsewhere.close()
    rmSync(folder, { recursive: true })
  })

  const addAlias = (store: MetadataStore) =>
    store.transaction(({ registries }) =>
      registries.addAlias({ alias: ALIAS, accountId: ACCOUNT, primary: true, isDefault: true, createdAt: 1 }),
    )
  const find = async () => (await here.rows.registries.findAlias(ALIAS))?.alias

  it("see this process's commit in the very same turn", async () => {
    expect(await find()).toBeUndefined()
    await addAlias(here)
    expect(await find()).toBe(ALIAS)
  })

  it("see another process's commit in the next turn", async () => {
    expect(await find()).toBeUndefined()
    await addAlias(elsewhere)
    await turn()
    expect(await find()).toBe(ALIAS)
    expect(await find()).toBe(ALIAS)
  })

  it('do not see what was rolled back', async () => {
    expect(await find()).toBeUndefined()
    const failing = here.transaction(async ({ registries }) => {
      await registries.addAlias({ alias: ALIAS, accountId: ACCOUNT, primary: true, isDefault: true, createdAt: 1 })
      expect(await find()).toBeUndefined()
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await find()).toBeUndefined()
  })
})
