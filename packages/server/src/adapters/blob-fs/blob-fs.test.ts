import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readlink, rm, stat, symlink, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { blobStoreContract, newStorageKey, patternBytes, readAll, storeBytes } from '../../ports/blob-store.contract.ts'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'
import { openFsBlobStore } from './blob-fs.ts'

const newFolder = () => mkdtemp(join(tmpdir(), 'blob-fs-'))
const removeFolder = (path: string) => rm(path, { recursive: true, force: true })

blobStoreContract('fs', async () => {
  const root = await newFolder()
  return {
    store: await openFsBlobStore(root),
    reopen: () => openFsBlobStore(root),
    dispose: () => removeFolder(root),
  }
})

describe('openFsBlobStore', () => {
  let folder: string
  let root: string
  let store: BlobStore
  const pathOf = (key: StorageKey) => join(root, key.slice(0, 2), key)
  const permissions = async (path: string) => (await stat(path)).mode & 0o777

  beforeEach(async () => {
    folder = await newFolder()
    root = join(folder, 'data', 'blobs')
    store = await openFsBlobStore(root)
  })
  afterEach(() => removeFolder(folder))

  it('makes a missing root and its 256 folders, for its own user only', async () => {
    expect(await readdir(root)).toHaveLength(256)
    const key = await storeBytes(store, Buffer.from('private'))
    expect(await permissions(root)).toBe(0o700)
    expect(await permissions(join(root, key.slice(0, 2)))).toBe(0o700)
    expect(await permissions(pathOf(key))).toBe(0o600)
  })

  it('keeps what it holds when it is opened again', async () => {
    const key = await storeBytes(store, Buffer.from('kept'))
    expect(await readAll(await openFsBlobStore(root), key)).toEqual(Buffer.from('kept'))
  })

  it('fails a read of a file that has become shorter, after the bytes that are there', async () => {
    const key = await storeBytes(store, patternBytes(3_000_000))
    const chunks = await store.read(key)
    await truncate(pathOf(key), 2_500_000)
    let readBytes = 0
    const consume = async () => {
      for await (const chunk of chunks ?? []) readBytes += chunk.length
    }
    await expect(consume()).rejects.toThrow('ends at byte 2500000, before byte 3000000')
    expect(readBytes).toBe(2_500_000)
  })

  it('reports a full disk, and goes on reporting it', async context => {
    if (!existsSync('/dev/full')) return context.skip('needs /dev/full, a device of Linux that is always full')
    const key = newStorageKey()
    await symlink('/dev/full', pathOf(key))
    const writer = await store.resume(key)
    if (!writer) return expect.unreachable('the device can be opened')
    const full = expect.objectContaining({ problem: expect.objectContaining({ kind: 'storageFull' }) })
    await writer.write(Buffer.from('one byte too many'))
    await expect(writer.flush()).rejects.toEqual(full)
    await expect(writer.write(Buffer.from('more'))).rejects.toEqual(full)
    await expect(writer.commit()).rejects.toEqual(full)
    await writer.close()
  })

  it('leaves no descriptor open, however an upload or a download ends', async context => {
    if (!existsSync('/proc/self/fd')) return context.skip('needs /proc/self/fd, which only Linux has')
    const openInRoot = async () => {
      const targets = await Promise.all(
        (await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
      )
      return targets.filter(target => target.startsWith(folder))
    }
    const key = await storeBytes(store, patternBytes(3_000_000))
    const absent = newStorageKey()

    // Counted after each step: Node closes forgotten handles when it happens to collect garbage.
    await readAll(store, key)
    expect(await openInRoot()).toEqual([])
    for await (const _ of (await store.read(key)) ?? []) break
    expect(await openInRoot()).toEqual([])
    const failing = async () => {
      for await (const _ of (await store.read(key)) ?? []) throw new Error('the client went away')
    }
    await expect(failing()).rejects.toThrow('went away')
    expect(await openInRoot()).toEqual([])
    await store.read(key) // nobody iterates
    await store.read(absent)
    await store.resume(absent)
    await expect(store.create(key)).rejects.toThrow()
    for await (const _ of store.keys()) break

    const abandoned = await store.create(absent)
    await abandoned.write(patternBytes(2_000_000))
    expect(await openInRoot()).toHaveLength(1)
    await abandoned.close()
    expect(await openInRoot()).toEqual([])
  })

  it('takes nothing for absent whose folder is not there: the disk is', async () => {
    const key = await storeBytes(store, Buffer.from('on a disk that goes'))
    await rm(root, { recursive: true })
    const gone = (error: unknown) => isProblem(error, 'unavailable') && /is not there/.test(error.problem.what)
    await expect(store.create(newStorageKey())).rejects.toSatisfy(gone)
    for (const call of ['sizeBytes', 'read', 'resume', 'remove'] as const)
      await expect(store[call](key)).rejects.toSatisfy(gone)
  })

  it('passes other failures on as they are', async () => {
    const key = await storeBytes(store, Buffer.from('taken'))
    const failure = await store.create(key).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'EEXIST' })
  })
})
