import { randomBytes } from 'node:crypto'
import { chmod, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** A secret key whose file is missing although the database was sealed with it. */
export class SecretKeyMissing extends Error {
  constructor(file: string) {
    super(
      `${file} is missing, but the database has secrets that were sealed with it. Put the file back, ` +
        'or name it with --secret-key-file.',
    )
    this.name = 'SecretKeyMissing'
  }
}

/**
 * The key that seals secrets at rest; made at the first start (0600), and kept apart from the database
 * so that a copy of that alone gives nothing away.
 * @throws SecretKeyMissing
 */
export async function loadSecretKey(file: string, options: { mayCreate: boolean }): Promise<Buffer> {
  try {
    return decodeKey(file, await readFile(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  if (!options.mayCreate) throw new SecretKeyMissing(file)
  const key = randomBytes(32)
  await writePrivate(file, `${key.toString('hex')}\n`)
  return key
}

function decodeKey(file: string, text: string): Buffer {
  if (!/^[0-9a-f]{64}\s*$/.test(text)) throw new Error(`${file} does not hold 64 hexadecimal digits.`)
  return Buffer.from(text.trim(), 'hex')
}

async function writePrivate(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await chmod(file, 0o600)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
