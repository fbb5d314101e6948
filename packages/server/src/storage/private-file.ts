import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file that its owner alone can read, whole or not at all, and durably: a crash leaves no half of a key.
 * Without `replace` a file that is there stays, as when two servers start at once.
 */
export async function writePrivate(file: string, text: string, { replace }: { replace: boolean }): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await writeSynced(draft, text)
    if (replace) await rename(draft, file)
    else
      await link(draft, file).catch((error: unknown) => {
        if (!hasCode(error, 'EEXIST')) throw error
      })
  } finally {
    await rm(draft, { force: true })
  }
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether an error of the system has the code, such as EEXIST. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
