import { mkdir, opendir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type BackupFolder, BackupRefused } from '../../ports/backup-folder.ts'
import type { BlobWriter, StorageKey } from '../../ports/blob-store.ts'
import { createFile, type NewFile, syncFolder } from './new-file.ts'
import { isPlainFolder, onFile, plainSize, readPlain } from './plain-files.ts'

/**
 * The form of storage keys: hexadecimal digits, and dashes after the first two. No path leaves its folder by such a
 * key.
 */
const KEY = /^[0-9a-f]{2}[0-9a-f-]{0,98}$/
const SHARDS = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'))

export interface BackupBlobs {
  readonly blobs: BackupFolder['blobs']
  /** Makes the names durable that files were given since the last call. */
  sync(): Promise<void>
}

/** Bytes as files `ROOT/<first two characters of the key>/<key>`, there only when they are whole. */
export async function openBackupBlobs(root: string, drafts: string): Promise<BackupBlobs> {
  const shards = new Set<string>()
  if (await isPlainFolder(root))
    for (const shard of SHARDS) if (await isPlainFolder(join(root, shard))) shards.add(shard)
  const changed = new Set<string>()

  const folderOf = (key: StorageKey) => {
    if (!KEY.test(key)) throw new BackupRefused(`"${key}" is no storage key: this is no backup of berth's.`)
    return join(root, key.slice(0, 2))
  }
  const pathOf = (key: StorageKey) => join(folderOf(key), key)
  const makeShard = async (key: StorageKey) => {
    const folder = folderOf(key)
    if (!shards.has(key.slice(0, 2))) await onFile(mkdir(folder, { recursive: true, mode: 0o700 }), folder)
    shards.add(key.slice(0, 2))
    changed.add(folder)
  }

  return {
    blobs: {
      async create(key) {
        await makeShard(key)
        return writerOf(await createFile(drafts), pathOf(key))
      },

      sizeBytes: async key => plainSize(pathOf(key)),
      read: async key => readPlain(pathOf(key)),

      async remove(key) {
        const file = pathOf(key)
        await onFile(rm(file, { force: true }), file)
      },

      async *keys() {
        for (const shard of shards) {
          const folder = join(root, shard)
          for await (const { name } of await onFile(opendir(folder), folder))
            if (KEY.test(name) && name.startsWith(shard)) yield name as StorageKey
        }
      },
    },

    async sync() {
      for (const folder of changed) await syncFolder(folder)
      changed.clear()
      if (shards.size > 0) await syncFolder(root)
    },
  }
}

const writerOf = (file: NewFile, path: string): BlobWriter => ({
  get sizeBytes() {
    return file.sizeBytes
  },
  write: chunk => file.write(chunk),
  flush: async () => {},
  commit: () => file.keepAs(path),
  close: () => file.close(),
})
