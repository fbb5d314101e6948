import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { BackupRefused } from '../../ports/backup-folder.ts'
import { codeOf } from '../../runtime/disk/fs-errors.ts'
import { wordsOfSystem } from '../../runtime/system-errors.ts'

const CHUNK_BYTES = 256 * 1024
/** The flags for opening a file such that a link is not followed, and a pipe is not waited for. */
const PLAINLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Refuses a backup for a system error, in words of our own. @throws BackupRefused */
export function refuseSystem(error: unknown, file: string): never {
  const words = wordsOfSystem(error, file)
  if (words === undefined) throw error
  throw new BackupRefused(
    `The work on the backup ended early: ${words} Mend that and run the same command again, which goes on from what is ` +
      'there.',
    error,
  )
}

/** Awaits a call of the file system on `file`. @throws BackupRefused */
export const onFile = <T>(call: Promise<T>, file: string): Promise<T> =>
  call.catch((error: unknown) => refuseSystem(error, file))

/** Awaits a call on a file that may not be there: it is undefined then. @throws BackupRefused */
const onFileIfThere = <T>(call: Promise<T>, file: string): Promise<T | undefined> =>
  call.catch((error: unknown) => (codeOf(error) === 'ENOENT' ? undefined : refuseSystem(error, file)))

const notPlain = (file: string, what: string) =>
  new BackupRefused(`${file} is no ${what}, and a backup has nothing else. Take a copy of the backup that is whole.`)

/** The size of a plain file; undefined where there is nothing. @throws BackupRefused for a link or a device */
export async function plainSize(file: string): Promise<number | undefined> {
  const found = await onFileIfThere(lstat(file), file)
  if (found !== undefined && !found.isFile()) throw notPlain(file, 'plain file')
  return found?.size
}

/** Whether there is a folder; a link to one is refused. @throws BackupRefused */
export async function isPlainFolder(folder: string): Promise<boolean> {
  const found = await onFileIfThere(lstat(folder), folder)
  if (found !== undefined && !found.isDirectory()) throw notPlain(folder, 'folder')
  return found !== undefined
}

/** Opens a plain file to read; undefined where there is nothing. @throws BackupRefused */
async function openPlain(file: string): Promise<FileHandle | undefined> {
  const opening = open(file, PLAINLY).catch((error: unknown) => {
    throw codeOf(error) === 'ELOOP' ? notPlain(file, 'plain file') : error
  })
  const handle = await onFileIfThere(opening, file)
  if (handle === undefined) return undefined
  try {
    if (!(await handle.stat()).isFile()) throw notPlain(file, 'plain file')
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The bytes of a plain file; undefined where there is nothing. A chunk is good until the next one is asked for. */
export async function readPlain(file: string): Promise<AsyncGenerator<Buffer> | undefined> {
  const handle = await openPlain(file)
  return handle && chunksOf(handle, file)
}

async function* chunksOf(handle: FileHandle, file: string): AsyncGenerator<Buffer> {
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    for (;;) {
      const { bytesRead } = await onFile(handle.read(buffer, 0, buffer.length), file)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** The text of a plain file of at most so many bytes; undefined where there is nothing. @throws BackupRefused */
export async function readPlainText(file: string, mostBytes: number): Promise<string | undefined> {
  const chunks = await readPlain(file)
  if (chunks === undefined) return undefined
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of chunks) {
    sizeBytes += chunk.length
    if (sizeBytes > mostBytes) throw new BackupRefused(`${file} is too large to be a part of a backup.`)
    pieces.push(Buffer.from(chunk))
  }
  return Buffer.concat(pieces).toString('utf8')
}
