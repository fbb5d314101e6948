import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
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

  it('takes back what berth made since, with the folders, and nothing else', async () => {
    const made = await lockFolder(join(folder, 'new', 'data'))
    for (const name of ['berth.db', 'berth.db-wal', 'secret.key']) await writeFile(join(folder, 'new/data', name), '')
    await mkdir(join(folder, 'new/data/blobs/00'), { recursive: true })
    await made.takeBack()
    expect(await readdir(folder)).toEqual([])

    await writeFile(join(folder, 'berth.db'), 'there before')
    const used = await lockFolder(folder)
    for (const name of ['berth.db-wal', 'credentials', 'notes']) await writeFile(join(folder, name), '')
    await used.takeBack()
    expect(await readdir(folder)).toEqual(['berth.db', 'berth.db-wal', 'notes'])
    using _ = await lockFolder(folder) // which nobody has any more
  })
})
