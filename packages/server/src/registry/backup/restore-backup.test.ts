import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { createSealer } from '../../domain/secrets/sealer.ts'
import { BackupRefused } from '../../ports/backup-folder.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import { ACCOUNT, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { Removals } from '../blobs/removals.ts'
import type { Storage } from '../move/move-target.ts'
import { bytesIn, dump, fill, type OpenStorage, openEmpty, storageOf } from '../move/testing/moving.ts'
import { verify } from '../verify/verify.ts'
import { backUp, changeManifest, changeRows, restore, temporaryFolder } from './testing/backing-up.ts'

/** Of coreutils. */
const MAKE_PIPE = 'mkfifo'

/** Made once: a test that changes the registry makes one of its own. */
let registry: TemporaryRegistry
let master: Awaited<ReturnType<typeof temporaryFolder>>
let target: OpenStorage
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  registry = await openTemporaryRegistry({ files: true })
  master = await temporaryFolder()
  await fill(registry)
  await backUp(registry, master.path)
})
afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  await master[Symbol.asyncDispose]()
})
beforeEach(async () => {
  target = await openEmpty()
  folder = await temporaryFolder()
  await cp(master.path, folder.path, { recursive: true })
})
afterEach(async () => {
  await target[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const restoring = (options = {}) => restore(folder.path, target, registry.sealer, options)
const rowsPath = async () => {
  const [name = ''] = (await readdir(folder.path)).filter(each => each.startsWith('rows-'))
  return join(folder.path, name)
}
const blobPath = async (seed: string) => {
  const blob = await registry.metadata.rows.inventory.findBlob(digestOf(seed))
  if (blob === undefined) throw new Error('no such blob')
  return join(folder.path, 'blobs', blob.storageKey.slice(0, 2), blob.storageKey)
}
const isEmpty = async (storage: Storage) => {
  const rows = Object.values(await dump(storage)).flat()
  return rows.every(row => row === 0) && Object.keys(await bytesIn(storage.blobs)).length === 0
}
/** What a restore changes on purpose. */
const comparable = async (storage: Storage) => {
  const { signing_keys: _, audit_log: __, schedules: ___, access_keys, ...tables } = await dump(storage)
  return { ...tables, access_keys: (access_keys ?? []).map(row => ({ ...(row as object), active: 'either' })) }
}

describe('a restored registry', () => {
  it('has every row and byte, gives no id twice, and is found sound', async () => {
    expect(await restoring()).toMatchObject({ state: 'restored', copied: { blobs: 3 }, faults: 0 })
    expect(await comparable(target)).toEqual(await comparable(storageOf(registry)))
    expect(await bytesIn(target.blobs)).toEqual(await bytesIn(registry.context.blobs))
    expect(await target.metadata.rows.moves.journal({ limit: 1 })).toEqual([])
    const context = { ...registry.context, ...target }
    const findings = []
    const removals = new Removals(context, error => expect.unreachable(String(error)))
    for await (const finding of verify(context, removals, {
      repair: false,
      rehash: true,
      graceMs: 0,
      onProgress: () => {},
    }))
      findings.push(finding)
    expect(findings).toEqual([])
    expect((await target.metadata.rows.audit.list({}, { limit: 100 })).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['DeleteImage', 'CreateBackup', 'RestoreBackup']),
    )
  })

  it('signs with a new key, and lets nobody in whose key may have been revoked since', async () => {
    const [before] = await registry.metadata.rows.signingKeys.list()
    const list = async (user: string) =>
      (await target.metadata.rows.accessKeys.list(ACCOUNT, user)).map(key => key.active)
    expect(await restoring()).toMatchObject({ disabledKeys: 1 })
    const keys = await target.metadata.rows.signingKeys.list()
    expect(keys).toHaveLength(1)
    expect(keys[0]?.id).not.toBe(before?.id)
    expect(await list('ada')).toEqual([false])
  })

  it('has the access keys enabled that were good, where that is asked for', async () => {
    await using own = await openTemporaryRegistry()
    await using place = await temporaryFolder()
    await own.accounts.createUser(ACCOUNT, 'ada')
    const key = await own.accounts.createAccessKey(ACCOUNT, 'ada')
    await own.accounts.createAccessKey(ACCOUNT, 'ada')
    await own.accounts.revokeAccessKey(key.accessKeyId)
    await backUp(own, place.path)
    expect(await restore(place.path, target, own.sealer, { enableKeys: true })).toMatchObject({ disabledKeys: 0 })
    const keys = await target.metadata.rows.accessKeys.list(ACCOUNT, 'ada')
    expect(keys.map(each => [each.accessKeyId === key.accessKeyId, each.active]).sort()).toEqual([
      [false, true],
      [true, false],
    ])
  })

  it('comes out the same wherever it is killed, and is unfinished until its end', async () => {
    class Killed extends Error {}
    for (let survived = 0; ; survived += 1) {
      let left = survived
      const mortal: Storage = {
        ...target,
        metadata: {
          ...target.metadata,
          transactionOfMove(work) {
            if (left === 0) return Promise.reject(new Killed())
            left -= 1
            return target.metadata.transactionOfMove(work)
          },
        },
      }
      const outcome = await restore(folder.path, mortal, registry.sealer).catch(error => error)
      const row = await target.metadata.rows.moves.find('target')
      if (!/Killed/.test(String(outcome.message ?? '') + outcome.constructor.name + outcome.cause?.constructor.name)) {
        expect(outcome).toMatchObject({ state: 'restored' })
        break
      }
      expect(survived === 0 ? row : row?.state).toBe(survived === 0 ? undefined : 'copying')
    }
    expect(await comparable(target)).toEqual(await comparable(storageOf(registry)))
    expect(await bytesIn(target.blobs)).toEqual(await bytesIn(registry.context.blobs))
  })

  it('is begun anew where another backup was not restored to its end', async () => {
    await using other = await openTemporaryRegistry()
    await using place = await temporaryFolder()
    await other.addImage('other', 'v9')
    await backUp(other, place.path)
    const killed = restore(place.path, target, other.sealer, {
      onRows: () => {
        throw new Error('killed')
      },
    })
    await expect(killed).rejects.toThrow('killed')
    expect(await restoring()).toMatchObject({ state: 'restored' })
    expect(await comparable(target)).toEqual(await comparable(storageOf(registry)))
    expect(await bytesIn(target.blobs)).toEqual(await bytesIn(registry.context.blobs))
  })
})

describe('a backup with damage', () => {
  it('in its manifest or rows is refused before anything is written, whichever byte it is', async () => {
    const rows = await rowsPath()
    const files = [join(folder.path, 'backup.json'), ...(await readdir(rows)).map(name => join(rows, name))]
    let flipped = 0
    for (const file of files) {
      const sound = await readFile(file)
      for (const at of sound.length === 0 ? [] : [0, Math.floor(sound.length / 2), sound.length - 2]) {
        const damaged = Buffer.from(sound)
        damaged[at] = (damaged[at] ?? 0) ^ 1
        await writeFile(file, damaged)
        await expect(restoring(), `${file} at ${at}`).rejects.toThrow(BackupRefused)
        flipped += 1
      }
      await writeFile(file, sound)
    }
    expect(flipped).toBeGreaterThan(40)
    expect(await isEmpty(target)).toBe(true)
    await restoring()
  })

  it.each([
    ['corruptBytes', async (file: string) => writeFile(file, 'CHILD 1')],
    ['missingBytes', (file: string) => rm(file)],
    ['wrongSize', async (file: string) => writeFile(file, 'child 12')],
  ])(
    'of a blob (%s) goes no further than the blobs, until it is mended or the rest is asked for',
    async (kind, damage) => {
      const file = await blobPath('child 1')
      const sound = await readFile(file)
      await damage(file)
      const found = await restoring()
      expect(found).toMatchObject({ state: 'copying', faults: 1, told: [{ kind, digest: digestOf('child 1') }] })
      expect(await target.metadata.rows.registries.list({ limit: 1 })).toEqual([])
      expect(await restoring({ skipDamaged: true })).toMatchObject({ state: 'restored', faults: 1 })
      expect(await target.metadata.rows.inventory.findBlob(digestOf('child 1'))).toMatchObject({ damagedAt: 5_000 })

      await using other = await openEmpty()
      await restore(folder.path, other, registry.sealer)
      await writeFile(file, sound)
      expect(await restore(folder.path, other, registry.sealer)).toMatchObject({
        state: 'restored',
        copied: { blobs: 1 },
      })
      expect(await comparable(other)).toEqual(await comparable(storageOf(registry)))
    },
  )

  it.each(['backup.json', 'blob', 'rows', 'the folder of rows', 'the folder of blobs', 'pipe'])(
    'has a link or a device in the place of a file (%s), and is refused',
    async what => {
      const rows = await rowsPath()
      const path = {
        'backup.json': join(folder.path, 'backup.json'),
        blob: await blobPath('child 1'),
        rows: join(rows, 'tags.jsonl'),
        'the folder of rows': rows,
        'the folder of blobs': join(folder.path, 'blobs'),
        pipe: join(rows, 'users.jsonl'),
      }[what] as string
      await rename(path, `${folder.path}.moved`)
      try {
        if (what === 'pipe') execFileSync(MAKE_PIPE, [path])
        else await symlink(`${folder.path}.moved`, path)
        const refused = restoring().then(({ told }) => Promise.reject(new Error(told[0]?.detail)))
        await expect(refused).rejects.toThrow(/is no (?:plain file|folder), and a backup has nothing else/)
        expect(await target.metadata.rows.registries.list({ limit: 1 })).toEqual([])
      } finally {
        await rm(`${folder.path}.moved`, { recursive: true })
      }
    },
  )
})

describe('a backup that somebody else made', () => {
  it('is refused where its names lead out of it', async () => {
    const { sealer } = registry
    const { manifest } = JSON.parse(await readFile(join(folder.path, 'backup.json'), 'utf8'))
    for (const id of ['../../etc', '/etc', '..', 'a/b']) {
      await changeManifest(folder.path, sealer, before => ({ ...before, id }))
      await expect(restoring()).rejects.toThrow('this is no backup of berth')
    }
    await changeManifest(folder.path, sealer, () => manifest)
    await changeManifest(folder.path, sealer, before => ({
      ...before,
      tables: before.tables.map(table => ({ ...table, name: table.name === 'tags' ? '../tags' : table.name })),
    }))
    await expect(restoring()).rejects.toThrow('this is no backup of berth')
    expect(await isEmpty(target)).toBe(true)
  })

  it.each(['../../../etc/passwd', '/etc/passwd', 'aa/../../x', '..', 'AA-1', ''])(
    'is refused where a blob has the storage key %j',
    async key => {
      await changeRows(folder.path, registry.sealer, 'blobs', text =>
        text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, key.replaceAll('$', '')),
      )
      await expect(restoring()).rejects.toThrow(/There is no row of berth's in blobs.jsonl .* column storage_key/)
      expect(await isEmpty(target)).toBe(true)
    },
  )

  it('is refused where rows do not fit the database, and nobody serves what was begun', async () => {
    await changeRows(folder.path, registry.sealer, 'tags', (text, { columns }) => ({
      text,
      columns: columns.map(column => (column === 'created_at' ? 'made_at' : column)),
    }))
    await expect(restoring()).rejects.toThrow(
      /^The database does not take the rows of tags: .*\. Restore an older backup/,
    )
    expect(await target.metadata.rows.moves.find('target')).toMatchObject({ state: 'copying' })
  })

  it('is refused with another secret key, which is said, and with a seal that is not of its own', async () => {
    const other = createSealer(randomBytes(32))
    await expect(restore(folder.path, target, other)).rejects.toThrow(/The secret key is not the one of the backup/)
    const file = join(folder.path, 'backup.json')
    const { manifest, sha256 } = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify({ manifest, sha256, seal: registry.sealer.seal('x', 'backup manifest') }))
    await expect(restoring()).rejects.toThrow(/backup\.json is damaged/)
    expect(await isEmpty(target)).toBe(true)
  })

  it('is refused where it is newer', async () => {
    await expect(restoring({ steps: ['an earlier step'] })).rejects.toThrow(/was made by a newer berth \(0\.0\.0, step/)
    await changeManifest(folder.path, registry.sealer, before => ({ ...before, version: 2 }))
    await expect(restoring()).rejects.toThrow('newer berth')
  })
})

describe('a place that is not empty', () => {
  it('stays as it is', async () => {
    await target.metadata.transaction(rows =>
      rows.registries.create({
        ...{ accountId: ACCOUNT, createdAt: 1, displayName: undefined, verified: false, createOnPush: false },
      }),
    )
    await expect(restoring()).rejects.toThrow(/not empty: .* registries\. A backup is restored to an empty place only/)
    await using withBytes = await openEmpty()
    await (await withBytes.blobs.create('aa' as StorageKey)).commit()
    await expect(restore(folder.path, withBytes, registry.sealer)).rejects.toThrow(/not empty: there are blobs in it/)
    await using other = await openEmpty()
    await restore(folder.path, other, registry.sealer)
    const before = await dump(other)
    await expect(restore(folder.path, other, registry.sealer)).rejects.toThrow('not empty: a registry is there')
    expect(await dump(other)).toEqual(before)
  })
})
