import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type BackupFolder, BackupRefused } from '../../ports/backup-folder.ts'
import { openBackupBlobs } from './backup-blobs.ts'
import { createFile, replaceFile, syncFolder } from './new-file.ts'
import { isPlainFolder, onFile, readPlain, readPlainText } from './plain-files.ts'

const MANIFEST = 'backup.json'
const OWNER = 'registry.json'
const BLOBS = 'blobs'
const ROWS = 'rows-'
const DRAFTS = 'partial'
const MANIFEST_BYTES = 1024 * 1024
const SET = /^[0-9a-f-]{8,40}$/
const TABLE = /^[a-z_]{1,64}$/

/** The names that a backup has in its folder, but for those of its rows. */
export const isOfBackup = (name: string): boolean =>
  [MANIFEST, OWNER, BLOBS, DRAFTS].includes(name) || (name.startsWith(ROWS) && SET.test(name.slice(ROWS.length)))

/**
 * Opens a folder that is there. With `write` it removes what an earlier process left unfinished; nobody else may work
 * on the folder then.
 * @throws BackupRefused
 */
export async function openBackupFolder(place: string, { write }: { write: boolean }): Promise<BackupFolder> {
  const [blobsFolder, drafts] = [join(place, BLOBS), join(place, DRAFTS)]
  const rowDrafts = join(drafts, 'rows')
  if (write) {
    await isPlainFolder(drafts)
    await onFile(rm(drafts, { recursive: true, force: true }), drafts)
    await onFile(mkdir(rowDrafts, { recursive: true, mode: 0o700 }), rowDrafts)
    if (!(await isPlainFolder(blobsFolder))) await onFile(mkdir(blobsFolder, { mode: 0o700 }), blobsFolder)
  }
  const { blobs, sync } = await openBackupBlobs(blobsFolder, drafts)
  const opened = await onFile(stat(place), place)
  const fileOf = (set: string, table: string) => {
    if (!SET.test(set) || !TABLE.test(table))
      throw new BackupRefused(`"${set}/${table}" names no rows: this is no backup of berth's.`)
    return join(place, ROWS + set, `${table}.jsonl`)
  }

  return {
    place,
    blobs,
    readOwner: () => readPlainText(join(place, OWNER), MANIFEST_BYTES),
    putOwner: text => replaceFile(join(place, OWNER), text, drafts),
    readManifest: () => readPlainText(join(place, MANIFEST), MANIFEST_BYTES),

    async putManifest(text) {
      await sync()
      await syncFolder(place)
      // A disk that was taken away leaves the folder that it was mounted on.
      const now = await onFile(stat(place), place)
      if (now.ino !== opened.ino || now.dev !== opened.dev)
        throw new BackupRefused(`${place} is another folder now: its disk was taken away. Put it back, and run again.`)
      await replaceFile(join(place, MANIFEST), text, drafts)
    },

    async createRows(table) {
      const file = await createFile(drafts)
      return {
        write: text => file.write(Buffer.from(text)),
        commit: () => file.keepAs(join(rowDrafts, `${table}.jsonl`)),
        close: () => file.close(),
      }
    },

    async keepRows(set) {
      const folder = join(place, ROWS + set)
      await syncFolder(rowDrafts)
      await onFile(rename(rowDrafts, folder), folder)
    },

    async *readRows(set, table) {
      await isPlainFolder(join(place, ROWS + set))
      const file = fileOf(set, table)
      const chunks = await readPlain(file)
      if (chunks === undefined)
        throw new BackupRefused(`${file} is missing from the backup. Take a copy of the backup that is whole.`)
      yield* chunks
    },

    async removeOtherRows(set) {
      for (const name of await onFile(readdir(place), place)) {
        const isOther = name.startsWith(ROWS) && SET.test(name.slice(ROWS.length)) && name !== ROWS + set
        if (isOther) await onFile(rm(join(place, name), { recursive: true, force: true }), join(place, name))
      }
    },
  }
}
