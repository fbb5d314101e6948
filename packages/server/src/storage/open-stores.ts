import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseS3Url } from '../adapters/blob-s3/parse-s3-url.ts'
import { parsePostgresUrl } from '../adapters/metadata-postgres/parse-postgres-url.ts'
import type { SettingValues } from '../config/settings.ts'
import { isOutage } from '../domain/problem.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { Memory } from '../ports/memory.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import { multipartNotes } from '../registry/blobs/multipart-notes.ts'
import type { Storage } from '../registry/move/move-target.ts'
import { makeFolder } from './make-folder.ts'
import { hasCode } from './private-file.ts'

/** A store cannot be used with these settings; the message says why. */
export class StorageError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StorageError'
  }
}

/** Where the rows are: `sqlite` in the data folder, or the URL of a PostgreSQL database. */
export type MetadataLocation = Pick<SettingValues, 'dataDir' | 'database'>
/** Where the bytes are: `files` in the data folder, or an S3 URL. */
export type BlobLocation = Pick<SettingValues, 'dataDir' | 'blobs'>

/** Whether servers with data folders of their own may use the same rows. */
export const isShared = ({ database }: Pick<SettingValues, 'database'>): boolean => database !== 'sqlite'

/** Whether the data folder holds rows or bytes of the registry. */
export const hasFiles = ({ database, blobs }: Pick<SettingValues, 'database' | 'blobs'>): boolean =>
  database === 'sqlite' || blobs === 'files'

export interface MetadataOptions {
  /** Most connections to PostgreSQL for reads, and as many again for writes. */
  readonly connections?: number | undefined
  /** Whether to take the tables as they are, because another thread of the process has seen to them. */
  readonly isUpToDate?: boolean | undefined
  /** False where nothing is to be made that is not there. */
  readonly mayCreate?: boolean | undefined
  /** Called before tables are made in a database that others may use. What it throws keeps them from being made. */
  readonly beforeMaking?: (() => Promise<void>) | undefined
  /** The last step of the tables to take, where they are not to be up to date. */
  readonly upTo?: string | undefined
  /** Counts what clients make the blob store hold. */
  readonly memory?: Memory | undefined
  /** Called with what an operator should know about a database that can be used. */
  readonly warn?: ((what: string) => void) | undefined
  /** Whether nobody waits for this thread, which may then carry out large transactions itself. */
  readonly isBackground?: boolean | undefined
}

/**
 * Opens the rows, and brings the tables up to date. Where something may be made, the data folder must be there.
 * Engines are loaded here, so that a server loads only the one that it uses.
 * @throws RegistryError `unavailable`, DatabaseRefused
 */
export async function openMetadata(
  { dataDir, database }: MetadataLocation,
  { isBackground = false, ...options }: MetadataOptions = {},
): Promise<MetadataStore> {
  if (database === 'sqlite') {
    const { openSqliteMetadata, startWriteThread } = await import('../adapters/metadata-sqlite/open-sqlite-metadata.ts')
    return openSqliteMetadata({
      file: join(dataDir, 'berth.db'),
      isUpToDate: options.isUpToDate,
      mayCreate: options.mayCreate,
      upTo: options.upTo,
      startWriteThread: isBackground ? undefined : startWriteThread,
    })
  }
  const { openPostgresMetadata } = await import('../adapters/metadata-postgres/open-postgres-metadata.ts')
  return openPostgresMetadata({ url: database, ...options })
}

/**
 * Opens the bytes. Their store's notes are kept with the rows.
 * @throws StorageError
 */
export async function openBlobs(
  { dataDir, blobs }: BlobLocation,
  metadata: MetadataStore,
  { memory, warn, mayCreate = true }: Pick<MetadataOptions, 'memory' | 'warn' | 'mayCreate'> = {},
): Promise<BlobStore> {
  if (blobs === 'files') {
    if (!mayCreate) await requireFolder(join(dataDir, 'blobs'))
    const { openFsBlobStore } = await import('../adapters/blob-fs/blob-fs.ts')
    return openFsBlobStore(join(dataDir, 'blobs'))
  }
  const location = parseS3Url(blobs)
  const { openS3BlobStore } = await import('../adapters/blob-s3/blob-s3.ts')
  return inWords(
    openS3BlobStore({
      ...location,
      notes: multipartNotes(metadata),
      memory,
      warn,
      partsFolder: join(dataDir, 'parts'),
    }),
  )
}

/** @throws StorageError */
async function inWords<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening
  } catch (error) {
    if (isOutage(error) || !(error instanceof Error)) throw error
    throw new StorageError(error.message, error)
  }
}

/** Makes sure that the store of the bytes can be used, as far as settings go. @throws StorageError */
export async function checkBlobs({ blobs }: Pick<BlobLocation, 'blobs'>): Promise<void> {
  if (blobs === 'files') return
  const { checkS3BlobStore } = await import('../adapters/blob-s3/blob-s3.ts')
  await inWords(checkS3BlobStore(parseS3Url(blobs)))
}

/** @throws StorageError where it is not there */
async function requireFolder(folder: string): Promise<void> {
  try {
    await stat(folder)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    throw new StorageError(
      `${folder} is not there, which has the bytes of this registry. Say where it is with --data-dir.`,
    )
  }
}

/**
 * Opens rows and bytes alone, as the target of a move. Disposing closes them.
 * @throws RegistryError `unavailable`, StorageError
 */
export async function openStorage(
  config: MetadataLocation & BlobLocation,
  options: Pick<MetadataOptions, 'upTo'> = {},
): Promise<Storage & AsyncDisposable> {
  const location = { ...config, dataDir: resolve(config.dataDir) }
  if (hasFiles(config)) await makeFolder(location.dataDir)
  const metadata = await openMetadata(location, { ...options, beforeMaking: () => checkBlobs(location) })
  try {
    const blobs = await openBlobs(location, metadata)
    return { metadata, blobs, place: placeOf(location), [Symbol.asyncDispose]: () => metadata.close() }
  } catch (error) {
    await takeBack(metadata)
    await metadata.close()
    throw error
  }
}

/** As `MetadataStore.takeBack`, where another error is to be told. */
export async function takeBack(metadata: MetadataStore): Promise<void> {
  await metadata.takeBack?.().catch(() => {})
}

/** Where a registry is kept, in words for its operator, without passwords. */
export function placeOf({ dataDir, database, blobs }: MetadataLocation & BlobLocation): string {
  const rows = database === 'sqlite' ? join(resolve(dataDir), 'berth.db') : parsePostgresUrl(database).place
  return `${rows} with ${blobs === 'files' ? join(resolve(dataDir), 'blobs') : blobs}`
}

/** The steps of the database that this release knows, in order. */
export async function databaseSteps(): Promise<string[]> {
  const { STEPS } = await import('../adapters/metadata-sql/migrate.ts')
  return Object.keys(STEPS)
}
