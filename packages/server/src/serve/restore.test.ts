import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../adapters/metadata-sqlite/load-sqlite.ts'
import { createProgress } from '../admin/progress.ts'
import { loadConfig } from '../config/load-config.ts'
import { createSealer } from '../domain/secrets/sealer.ts'
import type { BackupManifest } from '../registry/backup/manifest.ts'
import { backUp, changeManifest, changeRows } from '../registry/backup/testing/backing-up.ts'
import { fill } from '../registry/move/testing/moving.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { openBackupToWrite } from '../storage/open-backup.ts'
import { openRegistry } from '../storage/open-registry.ts'
import { databaseSteps, openMetadata } from '../storage/open-stores.ts'
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

/** A step before columns and tables that this release has. */
const OLDER = '0015-servers'

/** The columns of each table as they were after a step. */
async function tablesAt(step: string): Promise<Map<string, string[]>> {
  const dataDir = await mkdtemp(join(folder, 'step-'))
  await (await openMetadata({ dataDir, database: 'sqlite' }, { upTo: step, isBackground: true })).close()
  const database = await openDatabase(join(dataDir, 'berth.db'))
  try {
    const all = <Row>(statement: string) => database.prepare(statement).all() as Row[]
    const names = all<{ name: string }>("select name from sqlite_master where type = 'table'").map(({ name }) => name)
    return new Map(
      names.map(name => [name, all<{ name: string }>(`pragma table_info(${name})`).map(each => each.name)]),
    )
  } finally {
    database.close()
  }
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
    const before = await tablesAt(OLDER)
    const { manifest } = JSON.parse(await readFile(join(older, 'backup.json'), 'utf8')) as { manifest: BackupManifest }
    for (const { name, columns } of manifest.tables) {
      const had = before.get(name)
      for (const gone of columns.filter(column => had !== undefined && !had.includes(column)))
        await changeRows(older, sealer, name, (text, table) => {
          const at = table.columns.indexOf(gone)
          const lines = text.split('\n').filter(line => line !== '')
          const cut = lines.map(line => `${JSON.stringify((JSON.parse(line) as unknown[]).toSpliced(at, 1))}\n`)
          return { text: cut.join(''), columns: table.columns.toSpliced(at, 1) }
        })
    }
    await changeManifest(older, sealer, newer => ({
      ...newer,
      schema: OLDER,
      tables: newer.tables.filter(({ name }) => before.has(name)),
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
