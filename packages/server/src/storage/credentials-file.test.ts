import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { credentialsFile, writeCredentials } from './credentials-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-credentials-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('writeCredentials', () => {
  it('writes what the AWS tools read, for its owner alone, over a file that others could read', async () => {
    const file = credentialsFile(folder)
    await writeFile(file, 'x'.repeat(1_000))
    await chmod(file, 0o644)
    await writeCredentials(folder, { accessKeyId: 'AKIAX', secretAccessKey: 's/e+c=' })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await readFile(file, 'utf8')).split('\n')).toEqual([
      '[default]',
      'aws_access_key_id = AKIAX',
      'aws_secret_access_key = s/e+c=',
      'region = us-east-1',
      '',
    ])
    expect(await readdir(folder)).toEqual(['credentials'])
  })
})
