import { join } from 'node:path'
import type { NewAccessKey } from '../registry/access/accounts.ts'
import { writePrivate } from './private-file.ts'

/** The file of the first access key, in the form that the AWS tools read. */
export function credentialsFile(dataDir: string): string {
  return join(dataDir, 'credentials')
}

/** Writes the first access key into a file that its owner alone can read (0600). */
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
