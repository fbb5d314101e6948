import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase } from '../adapters/metadata-sqlite/load-sqlite.ts'
import { isBusy, openingError } from '../adapters/metadata-sqlite/sqlite-errors.ts'

/** A data folder that another server works on. */
export class FolderInUse extends Error {
  constructor(folder: string) {
    super(`${folder} is in use by another berthd; stop that one, or name another folder with --data-dir.`)
    this.name = 'FolderInUse'
  }
}

/**
 * Claims a folder, made where it is missing, for one server: until it is disposed of, or until the process
 * ends however it ends. The lock is SQLite's own on a file, which the system frees with the process; Node
 * has no other that a kill cannot leave behind. Upload sessions and housekeeping count on being alone.
 * @throws FolderInUse
 */
export async function lockFolder(folder: string): Promise<Disposable> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'serve.lock')
  const lock = await openDatabase(file).catch((error: unknown) => {
    throw openingError(file, error)
  })
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive')
  } catch (error) {
    lock.close()
    throw isBusy(error) ? new FolderInUse(folder) : openingError(file, error)
  }
  return { [Symbol.dispose]: () => lock.close() }
}
