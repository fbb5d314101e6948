import { rmSync } from 'node:fs'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { Collector } from '../../housekeeping/collector.ts'
import { BackupRefused } from '../../ports/backup-folder.ts'
import type { BlobWriter } from '../../ports/blob-store.ts'
import { LONGEST_HOLD_MS } from '../../ports/rows/blobs/journal.ts'
import { CALLER, keysIn, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { purgeDueImages } from '../bin/purge-images.ts'
import { Removals } from '../blobs/removals.ts'
import { BLOB_LEASE_MS } from '../context.ts'
import { deleteImages } from '../images/delete-images.ts'
import { fill } from '../move/testing/moving.ts'
import type { BackupManifest } from './manifest.ts'
import { backUp, filesIn, temporaryFolder } from './testing/backing-up.ts'

let registry: TemporaryRegistry
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  registry = await openTemporaryRegistry({ files: true })
  folder = await temporaryFolder()
})
afterEach(async () => {
  await registry[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const read = (name: string) => readFile(join(folder.path, name), 'utf8')
const manifestOf = async () => (JSON.parse(await read('backup.json')) as { manifest: BackupManifest }).manifest
const blobFiles = async () =>
  [...(await filesIn(folder.path)).keys()]
    .filter(path => /^blobs\/..\/./.test(path))
    .map(path => path.slice(9))
    .sort()
const keyOf = async (seed: string) => {
  const blob = await registry.metadata.rows.inventory.findBlob(digestOf(seed))
  if (blob === undefined) throw new Error('no such blob')
  return blob.storageKey
}

describe('createBackup', () => {
  it('keeps every row and byte, for its owner alone, without what signs and without the secret key', async () => {
    await fill(registry)
    const { report } = await backUp(registry, folder.path)
    expect(report).toMatchObject({ copied: { blobs: 3 }, faults: 0, manifest: { blobs: { count: 3, damaged: 0 } } })
    expect(await blobFiles()).toEqual(await keysIn(registry.context.blobs))
    const { id, tables } = await manifestOf()
    expect(Object.fromEntries(tables.map(({ name, rows }) => [name, rows]))).toMatchObject({
      ...{ manifests: 3, tags: 2, deleted_images: 1, access_keys: 1, repositories: 2 },
    })
    expect(tables.map(({ name }) => name)).not.toContain('signing_keys')
    for (const { name, sha256 } of tables)
      expect(digestOf(await readFile(join(folder.path, `rows-${id}`, `${name}.jsonl`)))).toBe(`sha256:${sha256}`)
    for (const [path, mode] of await filesIn(folder.path))
      expect(mode, path).toBe(/\.jsonl?$|^blobs\/..\/./.test(path) ? 0o600 : 0o700)
  })

  it('copies only what is new the next time, and lets go of what the registry has no more', async () => {
    await fill(registry)
    await backUp(registry, folder.path)
    const first = await manifestOf()
    const image = await registry.addImage('new', 'v9')
    const { report } = await backUp(registry, folder.path)
    expect(report.copied.blobs).toBe(1)
    expect(report.manifest.blobs.count).toBe(4)
    const rows = [...(await filesIn(folder.path)).keys()].filter(path => /^rows-[^/]*$/.test(path))
    expect(rows).toEqual([`rows-${report.manifest.id}`])
    expect(report.manifest.id).not.toBe(first.id)

    const gone = await keyOf('new')
    await remove(image)
    expect(await blobFiles()).toContain(gone)
    await backUp(registry, folder.path)
    expect(await blobFiles()).not.toContain(gone)
    expect(await blobFiles()).toEqual(await keysIn(registry.context.blobs))
  })

  it('has the bytes of its rows, though their images are deleted and collected while it is made', async () => {
    await registry[Symbol.asyncDispose]()
    registry = await openTemporaryRegistry({ files: true, binDays: 0 })
    const image = await registry.addImage('deleted meanwhile', 'v9')
    const key = await keyOf('deleted meanwhile')
    registry.context.clock.time += BLOB_LEASE_MS
    let held: unknown[] = []
    let removing: Promise<void> | undefined
    const { report } = await backUp(registry, folder.path, {
      // What was copied before the rows is taken away, as if it had been pushed in between.
      onStep: step => {
        if (step === 'copying rows') rmSync(join(folder.path, 'blobs', key.slice(0, 2), key))
      },
      onRows: ({ table }) => {
        if (table !== 'registries') return
        removing = deleteAndCollect(image).then(async () => {
          held = [await registry.context.blobs.sizeBytes(key), await journal().state()]
        })
        removing.catch(() => {})
      },
    })
    await removing
    expect(held).toEqual(['deleted meanwhile'.length, expect.objectContaining({ keys: 1 })])
    expect(report).toMatchObject({ faults: 0, manifest: { blobs: { count: 1 } } })
    expect(await blobFiles()).toContain(key)
    // Removals go on when the backup has ended.
    expect(await removals().emptyJournal()).toMatchObject({ removed: 1 })
    expect(await registry.context.blobs.sizeBytes(key)).toBeUndefined()
  })

  it('refuses to be complete where bytes went because removals could not wait any longer', async () => {
    await fill(registry)
    await backUp(registry, folder.path)
    const before = await read('backup.json')
    const late = backUp(registry, folder.path, {
      holdMs: LONGEST_HOLD_MS,
      onRows: () => {
        registry.context.clock.time += LONGEST_HOLD_MS
      },
    })
    await expect(late).rejects.toThrow(/took longer than the 5 minutes .* --hold-minutes/)
    expect(await read('backup.json')).toBe(before)
    expect(await journal().heldUntil(registry.context.clock.time)).toBeUndefined()
  })

  it('goes on where it was killed, whatever it was at, and is whole at any time', async () => {
    await fill(registry)
    await backUp(registry, folder.path)
    for (let number = 0; number < 6; number += 1) await registry.addImage(`later ${number}`)
    const before = await read('backup.json')
    class Killed extends Error {}
    /** Closed at the end: a file that is forgotten while it is open is an error of newer releases of Node. */
    const writers: BlobWriter[] = []
    let calls = 0
    for (let survived = 0; ; survived += 1) {
      let left = survived
      const step = () => {
        calls += 1
        if (left === 0) throw new Killed()
        left -= 1
      }
      const outcome = await backUp(registry, folder.path, {
        through: folder => ({
          ...folder,
          blobs: {
            ...folder.blobs,
            async create(key) {
              step()
              const writer = await folder.blobs.create(key)
              writers.push(writer)
              // A kill leaves the draft behind, as `close` would not.
              return Object.assign(Object.create(writer) as typeof writer, {
                write: (chunk: Buffer) => writer.write(chunk),
                async commit() {
                  step()
                  await writer.commit()
                },
                close: async () => {},
              })
            },
          },
          async keepRows(set) {
            step()
            await folder.keepRows(set)
          },
          async putManifest(text) {
            step()
            await folder.putManifest(text)
          },
          async removeOtherRows(set) {
            step()
            await folder.removeOtherRows(set)
          },
        }),
      }).catch(error => error)
      if (!(outcome instanceof Killed)) {
        expect(outcome).toMatchObject({ report: { faults: 0 } })
        break
      }
      if ((await read('backup.json')) === before) expect((await manifestOf()).blobs.count).toBe(3)
      for (const { name } of (await manifestOf()).tables) await read(`rows-${(await manifestOf()).id}/${name}.jsonl`)
    }
    expect(calls).toBeGreaterThan(20)
    expect((await manifestOf()).blobs.count).toBe(9)
    expect(await blobFiles()).toEqual(await keysIn(registry.context.blobs))
    expect([...(await filesIn(folder.path)).keys()].filter(path => /^partial\/[0-9a-f]/.test(path))).toEqual([])
    for (const writer of writers) await writer.close()
  })

  it.each([
    ['missingBytes', (key: string) => registry.context.blobs.remove(key as never)],
    ['corruptBytes', (key: string) => change(key, Buffer.from('CHILD 1'))],
    ['wrongSize', (key: string) => change(key, Buffer.from('child'))],
  ])('tells of %s and keeps all the rest; the next backup keeps what it had', async (kind, damage) => {
    await fill(registry)
    await damage(await keyOf('child 1'))
    const { report, faults } = await backUp(registry, folder.path)
    expect(faults).toEqual([expect.objectContaining({ kind, digest: digestOf('child 1') })])
    expect(report).toMatchObject({ faults: 1, manifest: { blobs: { count: 2, damaged: 1 } } })
  })

  it('copies anew what is damaged in the backup: by its size always, by its bytes when it is told to rehash', async () => {
    await fill(registry)
    await backUp(registry, folder.path)
    const path = async (seed: string) => `blobs/${(await keyOf(seed)).slice(0, 2)}/${await keyOf(seed)}`
    await truncate(join(folder.path, await path('child 1')), 3)
    await writeFile(join(folder.path, await path('child 2')), 'CHILD 2')
    expect((await backUp(registry, folder.path)).report.copied.blobs).toBe(1)
    expect((await backUp(registry, folder.path, { rehash: true })).report.copied.blobs).toBe(1)
    expect(await read(await path('child 2'))).toBe('child 2')
  })

  it('leaves the backup of another registry as it is', async () => {
    await backUp(registry, folder.path)
    const before = await read('backup.json')
    await using other = await openTemporaryRegistry()
    other.context.clock.time -= 1
    await other.accounts.createAccount({ accountId: '222222222222', alias: undefined, createOnPush: false })
    await expect(backUp(other, folder.path)).rejects.toThrow(/another registry .* stays as it is/)
    expect(await read('backup.json')).toBe(before)
  })

  it('stops when it is told to, and lets removals go on', async () => {
    await fill(registry)
    const stop = new AbortController()
    const stopped = backUp(registry, folder.path, {
      signal: stop.signal,
      onRows: () => stop.abort(new BackupRefused('stopped here')),
    })
    await expect(stopped).rejects.toThrow('stopped here')
    expect(await journal().heldUntil(registry.context.clock.time)).toBeUndefined()
    expect([...(await filesIn(folder.path)).keys()]).not.toContain('backup.json')
  })
})

const journal = () => registry.metadata.rows.journal
const removals = () => new Removals(registry.context, error => expect.unreachable(String(error)))

/** Deletes an image, and has its blob collected, when the bin and the blob's lease are over. */
async function remove(image: Digest): Promise<void> {
  await deleteImages(registry.context, CALLER, registry.repository, [{ digest: image }])
  registry.context.clock.time += 30 * 24 * 60 * 60 * 1000
  await purgeDueImages(registry.context)
  await new Collector(registry.context, removals()).collect()
}

async function deleteAndCollect(image: Digest): Promise<void> {
  await deleteImages(registry.context, CALLER, registry.repository, [{ digest: image }])
  await new Collector(registry.context, removals()).collect()
}

async function change(key: string, bytes: Buffer): Promise<void> {
  await registry.context.blobs.remove(key as never)
  const writer = await registry.context.blobs.create(key as never)
  await writer.write(bytes)
  await writer.commit()
}
