import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProgress } from '../admin/progress.ts'
import { loadConfig } from '../config/load-config.ts'
import { createSealer } from '../domain/secrets/sealer.ts'
import { backUp, changeManifest, changeRows } from '../registry/backup/testing/backing-up.ts'
import { fill } from '../registry/move/testing/moving.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { openBackupToWrite } from '../storage/open-backup.ts'
import { openRegistry } from '../storage/open-registry.ts'
import { databaseSteps } from '../storage/open-stores.ts'
import { OPERATOR, openTemporaryRegistry } from '../testing/temporary-registry.ts'
import { restoreFrom } from './restore.ts'

const KEY = 'ab'.repeat(32)
const sealer = createSealer(Buffer.from(KEY, 'hex'))

let folder: string
let backup: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-restore-'))
  backup = await makeBackup('backup')
})
afterAll(() => rm(folder, { recursive: true }))

async function makeBackup(name: string): Promise<string> {
  await using registry = await openTemporaryRegistry({ files: true })
  await fill(registry)
  const place = join(folder, name)
  await mkdir(place)
  const schema = (await databaseSteps()).at(-1) ?? ''
  await backUp({ ...registry, sealer }, place, { release: { berth: '0.1.0', schema } })
  return place
}

const configOf = (dataDir: string, key = KEY) =>
  loadConfig({ argv: ['--data-dir', join(folder, dataDir)], env: { BERTH_SECRET_KEY: key } })
const restore = (dataDir: string, from = backup, { given = [] as string[], key = KEY } = {}) =>
  restoreFrom(from, {
    config: configOf(dataDir, key),
    options: { given: name => given.includes(name), optional: () => undefined, required: name => name },
    progress: createProgress({ write: () => true }),
    signal: new AbortController().signal,
    actor: OPERATOR,
  })

describe('restoreFrom', () => {
  it('makes a registry that opens with the same key, and leaves it alone from then on', async () => {
    expect(await restore('new')).toMatchObject({ state: 'restored', disabledKeys: 1 })
    {
      await using opened = await openRegistry(configOf('new'), OPERATOR, { mayCreate: false })
      expect(await opened.metadata.rows.inventory.blobs({ limit: 9 })).toHaveLength(3)
    }
    await expect(restore('new')).rejects.toThrow('is not empty: a registry is there')
  })

  it('brings a backup of an older release up to date', async () => {
    const older = await makeBackup('older')
    const without = (name: string, gone: string) =>
      changeRows(older, sealer, name, (text, { columns }) => {
        const at = columns.indexOf(gone)
        const cut = (line: string) => JSON.stringify(JSON.parse(line).toSpliced(at, 1))
        const lines = text.split('\n').filter(line => line !== '')
        return { text: lines.map(line => `${cut(line)}\n`).join(''), columns: columns.toSpliced(at, 1) }
      })
    await without('repositories', 'last_pushed_at')
    await without('tags', 'sort_key')
    const later = ['ended_sessions', 'image_jobs', 'image_job_items']
    await changeManifest(older, sealer, manifest => ({
      ...manifest,
      schema: '0015-servers',
      tables: manifest.tables.filter(({ name }) => !later.includes(name)),
    }))
    expect(await restore('from older', older)).toMatchObject({ state: 'restored' })
    await using opened = await openRegistry(configOf('from older'), OPERATOR, { mayCreate: false })
    const { tables } = opened.metadata.rows
    const rows = async (name: string) => {
      const table = tables.tables.find(each => each.name === name)
      return table && (await tables.page(table, undefined))
    }
    expect(await rows('tags')).toHaveLength(2)
    expect((await rows('repositories'))?.[0]).toHaveProperty('last_pushed_at')
  })

  it('leaves nothing behind where it is refused before its first byte', async () => {
    await expect(restore('refused', join(folder, 'none'))).rejects.toThrow('is not there. Name the folder of a backup.')
    await expect(restore('refused', backup, { key: 'cd'.repeat(32) })).rejects.toThrow('The secret key is not the one')
    await expect(restore('refused', folder)).rejects.toThrow(`There is no backup in ${folder}`)
    await expect(restoreFrom(backup, { ...callWithoutKey('refused') })).rejects.toThrow(
      /opens only with the secret key/,
    )
    expect(await readdir(folder)).not.toContain('refused')
  })

  it('leaves a folder as it is that holds anything else', async () => {
    const dataDir = join(folder, 'used')
    await mkdir(dataDir)
    await writeFile(join(dataDir, 'notes'), '')
    await expect(restore('used')).rejects.toThrow(/is not empty \(notes\)/)
    expect(await readdir(dataDir)).toEqual(['notes'])
    await rm(join(dataDir, 'notes'))
    await mkdir(join(dataDir, 'blobs', 'aa'), { recursive: true })
    await writeFile(join(dataDir, 'blobs', 'aa', 'aa-1'), '')
    await expect(restore('used')).rejects.toThrow('is not empty: there are blobs in it')
    expect(await readdir(join(dataDir, 'blobs', 'aa'))).toEqual(['aa-1'])
    await writeFile(join(dataDir, 'berth.db'), 'something else')
    await expect(restore('used')).rejects.toMatchObject({ problem: { what: expect.stringContaining('berth.db') } })
  })

  it('checks a backup, and writes nothing', async () => {
    expect(await restore('checked', backup, { given: ['check'] })).toMatchObject({ faults: 0, blobs: { count: 3 } })
    expect(await readdir(folder)).not.toContain('checked')
  })

  it('works on a folder and a backup that nobody else works on', async () => {
    {
      using _ = await lockFolder(join(folder, 'locked'))
      await expect(restore('locked')).rejects.toThrow('is in use by another berthd')
    }
    using _ = await openBackupToWrite(backup, join(folder, 'elsewhere'))
    await expect(restore('locked')).rejects.toThrow('Another berthd works on the backup')
  })
})

const callWithoutKey = (dataDir: string) => ({
  config: loadConfig({ argv: ['--data-dir', join(folder, dataDir)], env: {} }),
  options: { given: () => false, optional: () => undefined, required: (name: string) => name },
  progress: createProgress({ write: () => true }),
  signal: new AbortController().signal,
  actor: OPERATOR,
})
