import { constants } from 'node:fs'
import { access, type FileHandle, mkdir, open, opendir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'
import { DiskReserve } from '../../runtime/disk/disk-reserve.ts'
import { fsCall, unlessAbsent } from '../../runtime/disk/fs-errors.ts'
import { BufferPool, readExtent } from './file-reader.ts'
import { FileWriter, type WriterShare } from './file-writer.ts'

const SHARDS = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'))
const LARGE_READERS = 32
const HELD = 'the blobs'

/**
 * Blobs as files, `ROOT/<first two characters of the key>/<key>`, in place from their first byte. Keys are lower-case
 * hex (dashes may follow) and should start randomly, to spread over the folders. The function makes `root` and its
 * folders where they are missing.
 */
export async function openFsBlobStore(root: string): Promise<BlobStore> {
  const home = resolve(root)
  await makeFolders(home)
  const pool = new BufferPool(LARGE_READERS)
  const folderOf = (key: StorageKey) => join(home, key.slice(0, 2))
  const pathOf = (key: StorageKey) => join(folderOf(key), key)
  const disk = new DiskReserve(home, { held: HELD })
  const share: WriterShare = { openWriters: 0, syncing: false, takeRoom: bytes => disk.take(bytes) }
  const openWriter = (key: StorageKey, file: FileHandle, sizeBytes: number) =>
    new FileWriter({ file, sizeBytes, syncFolder: () => syncFolder(folderOf(key)), share })
  /** Where the folder itself is not there, the disk is absent, and not only the file. */
  const find = async <T>(key: StorageKey, call: Promise<T>): Promise<T | undefined> => {
    const found = await unlessAbsent(call, HELD)
    if (found === undefined) await fsCall(access(folderOf(key)), HELD)
    return found
  }
  const sizeBytes = async (key: StorageKey) => (await find(key, stat(pathOf(key))))?.size

  return {
    disk,

    async create(key) {
      return openWriter(key, await fsCall(open(pathOf(key), 'wx', 0o600), HELD), 0)
    },

    async resume(key) {
      const file = await find(key, open(pathOf(key), constants.O_WRONLY))
      if (!file) return undefined
      try {
        return openWriter(key, file, (await file.stat()).size)
      } catch (error) {
        await file.close()
        throw error
      }
    },

    sizeBytes,

    async read(key, range) {
      const size = await sizeBytes(key)
      if (size === undefined) return undefined
      const { first, last } = range ?? { first: 0, last: size - 1 }
      if (range && !(first >= 0 && first <= last && last < size))
        throw new RangeError(`bytes ${first} to ${last} are not inside ${size}`)
      return readExtent(pathOf(key), { start: first, length: last - first + 1 }, pool)
    },

    /** The folder is synced, because the caller forgets the key next, and nobody else would know of the file. */
    async remove(key) {
      await unlessAbsent(unlink(pathOf(key)), HELD)
      await fsCall(syncFolder(folderOf(key)), HELD)
    },

    async *keys() {
      for (const shard of SHARDS) {
        for await (const entry of await fsCall(opendir(join(home, shard)), HELD)) {
          if (entry.isFile() && entry.name.startsWith(shard)) yield entry.name as StorageKey
        }
      }
    },
  }
}

/** All folders are made and synced now, so that a commit has only its file and that file's folder to sync. */
async function makeFolders(root: string): Promise<void> {
  const made = await mkdir(root, { recursive: true, mode: 0o700 })
  for (const shard of SHARDS) await mkdir(join(root, shard), { recursive: true, mode: 0o700 })
  await syncFolder(root)
  if (made === undefined) return
  for (let folder = root; folder.length >= made.length; folder = dirname(folder)) await syncFolder(dirname(folder))
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
