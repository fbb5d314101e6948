import { createHash } from 'node:crypto'
import { SealError, type Sealer } from '../../domain/secrets/sealer.ts'
import { type BackupFolder, BackupRefused } from '../../ports/backup-folder.ts'

/** The owner of a backup: the first account of its registry, which never goes. */
export interface BackupOwner {
  readonly accountId: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** A file with the rows of one table, in the order of the table's key. */
export interface TableFile {
  readonly name: string
  /** The columns in the order of each line's cells. Empty where there is no row. */
  readonly columns: readonly string[]
  readonly rows: number
  readonly bytes: number
  /** The SHA-256 of the file's bytes, in hexadecimal digits. */
  readonly sha256: string
  /** The last number that the table's `id` was given; null where it counts nothing. */
  readonly lastIdentity: number | null
}

/** The contents of a backup, and the moment that they are of. */
export interface BackupManifest {
  readonly format: typeof FORMAT
  readonly version: number
  /** Names this backup, and its set of rows. */
  readonly id: string
  /** The release of berth that made it. */
  readonly berth: string
  /** The last step of the database that had been taken. */
  readonly schema: string
  /** The moment that the rows are of, as an ISO text. */
  readonly takenAt: string
  /** Where the registry was, without passwords. */
  readonly place: string
  readonly owner: BackupOwner
  readonly tables: readonly TableFile[]
  readonly blobs: {
    readonly count: number
    readonly bytes: number
    /** Blobs that were damaged in the registry, and whose bytes are not here. */
    readonly damaged: number
  }
}

export const FORMAT = 'berth-backup'
/** The form of the folder. It changes where an older berth could not read a newer backup. */
export const FORMAT_VERSION = 1
/** The context of the seal of a manifest, as `Sealer` has it. */
const SEALED_AS = 'backup manifest'

const digestOf = (manifest: BackupManifest) => createHash('sha256').update(JSON.stringify(manifest)).digest('hex')

/**
 * The manifest as text, with its digest, and the digest sealed with the secret key: whoever lacks that key cannot make
 * a backup that is taken for one of this registry.
 */
export function encodeManifest(manifest: BackupManifest, sealer: Sealer): string {
  const sha256 = digestOf(manifest)
  return `${JSON.stringify({ manifest, sha256, seal: sealer.seal(sha256, SEALED_AS) }, undefined, 1)}\n`
}

/**
 * Reads the manifest of a completed backup. `steps` are those of the database that this release knows, in order.
 * @throws BackupRefused
 */
export async function readManifest(
  folder: BackupFolder,
  sealer: Sealer,
  steps: readonly string[],
): Promise<BackupManifest> {
  const text = await folder.readManifest()
  if (text === undefined)
    throw new BackupRefused(
      (await folder.readOwner()) === undefined
        ? `There is no backup in ${folder.place}.`
        : `The backup in ${folder.place} was never completed. Run \`berthd backup\` on it again, or name another one.`,
    )
  const { manifest, sha256, seal } = parse(text, folder.place)
  requireKnown(manifest, folder.place, steps)
  if (digestOf(manifest) !== sha256) throw damaged(folder.place)
  if (unseal(sealer, seal, folder.place) !== sha256) throw damaged(folder.place)
  return manifest
}

/** The text of the file that says whose backups the folder is for. */
export const encodeOwner = (owner: BackupOwner): string =>
  `${JSON.stringify({ format: FORMAT, owner }, undefined, 1)}\n`

/** The owner of the folder's backups; undefined where none was begun in it. @throws BackupRefused */
export async function readOwner(folder: BackupFolder): Promise<BackupOwner | undefined> {
  const text = await folder.readOwner()
  if (text === undefined) return undefined
  const said = tryJson(text)
  if (!isRecord(said) || said['format'] !== FORMAT || !isOwner(said['owner']))
    throw new BackupRefused(
      `${folder.place}/registry.json is damaged, and nobody can tell whose backup this is. Name another folder, or ` +
        'remove that file if you know.',
    )
  return said['owner']
}

function requireKnown({ version, schema, berth }: BackupManifest, place: string, steps: readonly string[]): void {
  if (version <= FORMAT_VERSION && steps.includes(schema)) return
  throw new BackupRefused(
    `The backup in ${place} was made by a newer berth (${berth}, step ${schema} of the database). Restore it with that ` +
      'release, or a newer one.',
  )
}

function unseal(sealer: Sealer, seal: string, place: string): string {
  try {
    return sealer.open(seal, SEALED_AS)
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    throw new BackupRefused(
      `The secret key is not the one of the backup in ${place}: it opens none of its access keys. Give the key of the ` +
        'registry that was backed up, with --secret-key-file or BERTH_SECRET_KEY.',
    )
  }
}

const damaged = (place: string) =>
  new BackupRefused(`${place}/backup.json is damaged. Take a copy of the backup that is whole.`)

interface SealedManifest {
  readonly manifest: BackupManifest
  readonly sha256: string
  readonly seal: string
}

function parse(text: string, place: string): SealedManifest {
  const said = tryJson(text)
  const { manifest, sha256, seal } = isRecord(said) ? said : {}
  if (!isManifest(manifest) || typeof sha256 !== 'string' || typeof seal !== 'string') throw damaged(place)
  return { manifest, sha256, seal }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>
const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const areTexts = (value: Fields, ...names: string[]) => names.every(name => typeof value[name] === 'string')
const areCounts = (value: Fields, ...names: string[]) =>
  names.every(name => Number.isSafeInteger(value[name]) && (value[name] as number) >= 0)

const isOwner = (value: unknown): value is BackupOwner =>
  isRecord(value) && areTexts(value, 'accountId') && areCounts(value, 'createdAt')

const isTable = (value: unknown): value is TableFile =>
  isRecord(value) &&
  areTexts(value, 'name', 'sha256') &&
  areCounts(value, 'rows', 'bytes') &&
  (value['lastIdentity'] === null || areCounts(value, 'lastIdentity')) &&
  Array.isArray(value['columns']) &&
  value['columns'].every(column => typeof column === 'string')

const isManifest = (value: unknown): value is BackupManifest =>
  isRecord(value) &&
  value['format'] === FORMAT &&
  areTexts(value, 'id', 'berth', 'schema', 'takenAt', 'place') &&
  areCounts(value, 'version') &&
  isOwner(value['owner']) &&
  Array.isArray(value['tables']) &&
  value['tables'].every(isTable) &&
  isRecord(value['blobs']) &&
  areCounts(value['blobs'], 'count', 'bytes', 'damaged')
