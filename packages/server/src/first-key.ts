import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { NewAccessKey } from './registry/accounts.ts'

/** Where the first access key is kept, in the form that the AWS tools read. */
export function credentialsFile(dataDir: string): string {
  return join(dataDir, 'credentials')
}

/** Writes the first access key for its owner alone to read (0600). */
export async function writeCredentials(dataDir: string, key: NewAccessKey): Promise<void> {
  const text = [
    '[default]',
    `aws_access_key_id = ${key.accessKeyId}`,
    `aws_secret_access_key = ${key.secretAccessKey}`,
    'region = us-east-1',
    '',
  ].join('\n')
  await writePrivate(credentialsFile(dataDir), text, { replace: true })
}

/** A secret key that cannot be had: missing although the database was sealed with it, or no key at all. */
export class SecretKeyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SecretKeyError'
  }
}

/**
 * The key that seals secrets at rest; made at the first start (0600), and kept apart from the database
 * so that a copy of that alone gives nothing away.
 * @throws SecretKeyError
 */
export async function loadSecretKey(file: string, options: { mayCreate: boolean }): Promise<Buffer> {
  try {
    return decodeKey(file, await readFile(file, 'utf8'))
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
  if (!options.mayCreate)
    throw new SecretKeyError(
      `${file} is missing, but the database has secrets that were sealed with it. Put the file back, ` +
        'or name it with --secret-key-file.',
    )
  await writePrivate(file, `${randomBytes(32).toString('hex')}\n`, { replace: false })
  return decodeKey(file, await readFile(file, 'utf8'))
}

function decodeKey(file: string, text: string): Buffer {
  if (!/^[0-9a-f]{64}\s*$/.test(text)) throw new SecretKeyError(`${file} does not hold 64 hexadecimal digits.`)
  return Buffer.from(text.trim(), 'hex')
}

/**
 * Writes a file for its owner alone, whole or not at all, and durably: a crash leaves no half of a key.
 * Without `replace` a file that is there stays, as when two servers start at once.
 */
async function writePrivate(file: string, text: string, { replace }: { replace: boolean }): Promise<void> {
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

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
