import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { onFile, refuseSystem } from './plain-files.ts'

/** Opens a file that has no name yet but a made-up one in `drafts`. Its owner alone can read it. */
export async function createFile(drafts: string): Promise<NewFile> {
  const draft = join(drafts, randomBytes(12).toString('hex'))
  return new NewFile(draft, await onFile(open(draft, 'wx', 0o600), draft))
}

/** A file that gets its name when it is whole and durable. */
export class NewFile {
  readonly #draft: string
  readonly #handle: FileHandle
  #sizeBytes = 0
  #state: 'open' | 'kept' | 'closed' = 'open'

  constructor(draft: string, handle: FileHandle) {
    this.#draft = draft
    this.#handle = handle
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  async write(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; )
      at += (await onFile(this.#handle.write(chunk, at, chunk.length - at), this.#draft)).bytesWritten
    this.#sizeBytes += chunk.length
  }

  /** The name becomes durable when its folder is synced. It replaces a file that is there. */
  async keepAs(file: string): Promise<void> {
    await onFile(this.#handle.datasync(), this.#draft)
    await onFile(this.#handle.close(), this.#draft)
    this.#state = 'closed'
    await onFile(rename(this.#draft, file), file)
    this.#state = 'kept'
  }

  /** Removes what has no name yet. Calling it again does no harm. */
  async close(): Promise<void> {
    if (this.#state === 'open') await this.#handle.close().catch(() => {})
    if (this.#state !== 'kept') await rm(this.#draft, { force: true }).catch(() => {})
    this.#state = 'kept'
  }
}

/** Writes a small file whole or not at all, and durably. */
export async function replaceFile(file: string, text: string, drafts: string): Promise<void> {
  const made = await createFile(drafts)
  try {
    await made.write(Buffer.from(text))
    await made.keepAs(file)
  } finally {
    await made.close()
  }
  await syncFolder(dirname(file))
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    refuseSystem(error, folder)
  }
}
