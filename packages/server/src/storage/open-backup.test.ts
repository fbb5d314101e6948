import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openBackupToRead, openBackupToWrite } from './open-backup.ts'

let folder: string
const path = (...parts: string[]) => join(folder, ...parts)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-open-backup-'))
  await mkdir(path('data'))
})
afterEach(() => rm(folder, { recursive: true }))

const opening = async (name: string) => (await openBackupToWrite(path(name), path('data')))[Symbol.dispose]()

it('makes a folder for its owner alone, with those above it, and takes one that is empty or was begun', async () => {
  await opening('new/backup')
  expect((await stat(path('new/backup'))).mode & 0o777).toBe(0o700)
  await opening('new/backup') // as after a kill before anything was written
  await mkdir(path('disk/lost+found'), { recursive: true })
  await opening('disk')
})

it('refuses the data folder, whatever leads there, and makes nothing in it', async () => {
  await symlink(path('data'), path('link'))
  for (const name of ['data', 'data/backup', 'data/a/b', 'link/backup', 'new/../data/x'])
    await expect(opening(name), name).rejects.toThrow(/is in the data folder .* would be lost with it/)
  expect(await readdir(path('data'))).toEqual([])
})

it('refuses what is no folder of its own, and what holds anything else', async () => {
  await writeFile(path('file'), '')
  await expect(opening('file')).rejects.toThrow(`${path('file')} is a file, and no folder. Name a folder.`)
  await mkdir(path('elsewhere'))
  await symlink(path('elsewhere'), path('link'))
  await expect(opening('link')).rejects.toThrow(`Name the folder itself: ${path('elsewhere')}.`)
  await symlink(path('nowhere'), path('lost'))
  await expect(opening('lost')).rejects.toThrow('is a link to nowhere')
  await writeFile(path('elsewhere/notes'), '')
  await expect(opening('elsewhere')).rejects.toThrow(/is not empty \(notes\), and holds no backup of berth's/)
  expect(await readdir(path('elsewhere'))).toEqual(['notes'])
  await expect(openBackupToRead(path('none'))).rejects.toThrow('is not there. Name the folder of a backup.')
  await expect(openBackupToRead(path('link'))).rejects.toThrow('is a link')
})

it('refuses a folder inside of which something leads elsewhere', async () => {
  await mkdir(path('elsewhere'))
  for (const name of ['blobs', 'partial']) {
    await rm(path('backup'), { recursive: true, force: true })
    await mkdir(path('backup'))
    await symlink(path('elsewhere'), path('backup', name))
    await expect(opening('backup'), name).rejects.toThrow('is no folder, and a backup has nothing else')
  }
  expect(await readdir(path('elsewhere'))).toEqual([])
})

it('gives a folder to one process at a time', async () => {
  {
    using _ = await openBackupToWrite(path('backup'), path('data'))
    await expect(opening('backup')).rejects.toThrow('Another berthd works on the backup')
    await expect(openBackupToRead(path('backup'))).rejects.toThrow('Wait until it has ended, and run again.')
  }
  await opening('backup')
})
