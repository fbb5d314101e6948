import { randomBytes } from 'node:crypto'
import { chmod, open, readFile, rename } from 'node:fs/promises'
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
  await writePrivate(credentialsFile(dataDir), text)
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
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  if (!options.mayCreate)
    throw new SecretKeyError(
      `${file} is missing, but the database has secrets that were sealed with it. Put the file back, ` +
        'or name it with --secret-key-file.',
    )
  const key = randomBytes(32)
  await writePrivate(file, `${key.toString('hex')}\n`)
  return key
}

function decodeKey(file: string, text: string): Buffer {
  if (!/^[0-9a-f]{64}\s*$/.test(text)) throw new SecretKeyError(`${file} does not hold 64 hexadecimal digits.`)
  return Buffer.from(text.trim(), 'hex')
}

/** Whole or not at all, whatever happens meanwhile, and there to stay once this resolves. */
async function writePrivate(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`
  const handle = await open(unfinished, 'w', 0o600)
  try {
    await chmod(unfinished, 0o600)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
