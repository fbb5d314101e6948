import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from './private-file.ts'

/**
 * Makes a folder that only its owner can enter, with those above it, and returns the topmost that was missing. Node's
 * own function never ends where a folder that is there takes no others, as `/proc` takes none.
 * @throws the system's own error
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const isMade = await makeOne(folder)
  if (isMade !== 'noParent') return isMade === 'made' ? folder : undefined
  const topmost = await makeFolder(dirname(folder))
  await mkdir(folder, { mode: 0o700 }).catch(unlessThere)
  return topmost ?? folder
}

async function makeOne(folder: string): Promise<'made' | 'there' | 'noParent'> {
  try {
    await mkdir(folder, { mode: 0o700 })
    return 'made'
  } catch (error) {
    if (hasCode(error, 'ENOENT') && dirname(folder) !== folder) return 'noParent'
    unlessThere(error)
    if (!(await stat(folder)).isDirectory())
      throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR', syscall: 'mkdir', path: folder })
    return 'there'
  }
}

function unlessThere(error: unknown): void {
  if (!hasCode(error, 'EEXIST')) throw error
}
