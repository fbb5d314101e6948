import { lstatSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The folder of caches, made where it is missing: `berth` in the user's cache folder (XDG Base Directory), for the user
 * alone. Compiled code is run as it is found there, and passwords are kept there. Undefined where there is no folder
 * that only the user can read and write to: then nothing is kept.
 */
export function cacheFolder(variables: Variables): string | undefined {
  const { XDG_CACHE_HOME: given, HOME: home = homedir() } = variables
  const caches = given !== undefined && isAbsolute(given) ? given : join(home, '.cache')
  const folder = join(caches, 'berth')
  try {
    if (isPrivate(folder)) return folder
    // Nothing is made in the folder of somebody else, as under `sudo`.
    if (ownerOf(dirname(caches)) !== process.getuid?.() && ownerOf(caches) !== process.getuid?.()) return undefined
    for (const missing of [caches, folder]) if (ownerOf(missing) === undefined) mkdirSync(missing, { mode: 0o700 })
    return isPrivate(folder) ? folder : undefined
  } catch {
    return undefined // such as on a disk that is full, or read-only
  }
}

function isPrivate(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o077) === 0
}

const ownerOf = (path: string): number | undefined => lstatSync(path, { throwIfNoEntry: false })?.uid
