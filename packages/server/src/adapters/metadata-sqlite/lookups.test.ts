import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { openSqliteMetadata } from './open-sqlite-metadata.ts'

const KEY = { id: 'first', sealedKey: 'sealed', createdAt: 1, expiresAt: 2 }

describe('look-ups that are answered from memory', () => {
  let folder: string
  let here: MetadataStore
  let elsewhere: MetadataStore

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-lookups-'))
    const file = join(folder, 'berth.db')
    here = await openSqliteMetadata({ file })
    // As another process would: connections of its own to the same file.
    elsewhere = await openSqliteMetadata({ file })
  })

  afterEach(async () => {
    await here.close()
    await elsewhere.close()
    rmSync(folder, { recursive: true })
  })

  const add = (store: MetadataStore) => store.transaction(rows => rows.signingKeys.add(KEY))
  const count = async () => (await here.rows.signingKeys.list()).length

  it('are not asked again while nobody commits', async () => {
    const answer = await here.rows.signingKeys.list()
    await turn()
    expect(await here.rows.signingKeys.list()).toBe(answer)
  })

  it("see this process's commit in the very same turn", async () => {
    expect(await count()).toBe(0)
    await add(here)
    expect(await count()).toBe(1)
  })

  it("see another process's commit in the next turn", async () => {
    expect(await count()).toBe(0)
    await add(elsewhere)
    await turn()
    expect(await count()).toBe(1)
    await elsewhere.transaction(rows => rows.signingKeys.delete(KEY.id))
    await turn()
    expect(await count()).toBe(0)
  })

  it('do not see what was rolled back, nor what is not committed yet', async () => {
    const failing = here.transaction(async rows => {
      await rows.signingKeys.add(KEY)
      expect(await count()).toBe(0)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await count()).toBe(0)
  })
})
