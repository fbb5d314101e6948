import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FolderInUse, lockFolder } from './folder-lock.ts'

describe('lockFolder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-lock-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('gives a folder to one holder at a time', async () => {
    {
      using _ = await lockFolder(folder)
      await expect(lockFolder(folder)).rejects.toThrow(FolderInUse)
    }
    using _ = await lockFolder(folder)
  })

  it('makes the folder', async () => {
    using _ = await lockFolder(join(folder, 'new', 'data'))
    await expect(lockFolder(join(folder, 'new', 'data'))).rejects.toThrow(/is in use by another berthd/)
  })
})
