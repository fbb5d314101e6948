import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { SealError } from '../domain/secrets/sealer.ts'
import { readText } from '../runtime/system-errors.ts'
import { hasCode, writePrivate } from './private-file.ts'

/** The secret key cannot be had: it is missing although the database was sealed with it, or what is given is no key. */
export class SecretKeyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SecretKeyError'
  }
}

/** The sources of the key that seals secrets at rest. */
export interface SecretKeySource {
  readonly dataDir: string
  readonly file: string | undefined
  /** The key itself, as 64 hexadecimal digits. */
  readonly key: string | undefined
  /** Whether other servers, with folders of their own, use the same database. */
  readonly isShared: boolean
}

/**
 * The key that seals secrets at rest. Servers that share a database must be given the same key: one that each made for
 * itself could not open what the others sealed.
 * @throws SecretKeyError
 */
export async function findSecretKey(
  { dataDir, file, key, isShared }: SecretKeySource,
  isEmpty: () => Promise<boolean>,
): Promise<Buffer> {
  if (key !== undefined && file !== undefined)
    throw new SecretKeyError('The secret key is given twice: by --secret-key-file and as itself.')
  if (key !== undefined) return Buffer.from(key, 'hex')
  if (!isShared) return loadSecretKey(file ?? join(dataDir, 'secret.key'), { mayCreate: await isEmpty() })
  if (file === undefined || !(await exists(file)))
    throw new SecretKeyError(
      `${file === undefined ? 'Servers on PostgreSQL need a secret key, the same for all of them' : `${file} is missing`}. ` +
        'Make one with `openssl rand -hex 32`, keep it safe, and give it to each of them as a file with ' +
        '--secret-key-file or in BERTH_SECRET_KEY.',
    )
  return loadSecretKey(file, { mayCreate: false })
}

/**
 * Makes sure that the store's secrets were sealed with this key, before they are asked for and before others are
 * sealed. `open` opens some of them.
 * @throws SecretKeyError
 */
export async function checkSecretKey(open: () => Promise<unknown>): Promise<void> {
  try {
    await open()
  } catch (error) {
    if (error instanceof SealError)
      throw new SecretKeyError('The secret key is not the one that the secrets in the database were sealed with.')
    throw error
  }
}

/**
 * The key in a file. It is made at the first start (0600), and kept apart from the database so that a copy of the
 * database alone gives nothing away.
 * @throws SecretKeyError
 */
export async function loadSecretKey(file: string, options: { mayCreate: boolean }): Promise<Buffer> {
  try {
    return decodeKey(file, readText(file))
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
  if (!options.mayCreate)
    throw new SecretKeyError(
      `${file} is missing, but the database has secrets that were sealed with it. Put the file back, ` +
        'or name it with --secret-key-file.',
    )
  await writePrivate(file, `${randomBytes(32).toString('hex')}\n`, { replace: false })
  return decodeKey(file, readText(file))
}

function decodeKey(file: string, text: string): Buffer {
  if (!/^[0-9a-f]{64}\s*$/.test(text)) throw new SecretKeyError(`${file} does not hold 64 hexadecimal digits.`)
  return Buffer.from(text.trim(), 'hex')
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    (error: unknown) => !hasCode(error, 'ENOENT'),
  )
