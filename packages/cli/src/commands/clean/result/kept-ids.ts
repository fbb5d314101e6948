import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../../../environment.ts'
import { cacheFolder } from '../../../start/cache-folder.ts'

/**
 * Writes the ids of what was deleted into a folder for the user alone, a file for each call, and returns the folder's
 * path. Undefined where the user has no place for the folder, or the disk is full. Folders whose images have left the
 * bin are removed. `until`, in milliseconds since 1970, is when the images leave the bin.
 */
export function keepIds(
  calls: readonly (readonly string[])[],
  until: number,
  { env, home }: Environment,
): string | undefined {
  try {
    const caches = cacheFolder({ ...env, HOME: home })
    if (caches === undefined) return undefined
    const deleted = join(caches, 'deleted')
    mkdirSync(deleted, { mode: 0o700, recursive: true })
    for (const name of readdirSync(deleted))
      if (endOf(name) < Date.now()) rmSync(join(deleted, name), { recursive: true, force: true })
    const moment = new Date(until).toISOString().replaceAll(':', '')
    const folder = join(deleted, `${moment}-${randomBytes(4).toString('hex')}`)
    mkdirSync(folder, { mode: 0o700 })
    const digits = String(calls.length).length
    for (const [at, ids] of calls.entries())
      writeFileSync(join(folder, String(at + 1).padStart(digits, '0')), `${ids.join('\n')}\n`, { mode: 0o600 })
    return folder
  } catch {
    return undefined
  }
}

/** The moment that a folder is named after. A folder that is named otherwise is not ours, and stays. */
function endOf(name: string): number {
  const [, day, hour, minute, rest] = /^(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z)-[\da-f]{8}$/.exec(name) ?? []
  return day === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${day}T${hour}:${minute}:${rest}`)
}
