import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig } from '../config/load-config.ts'
import { SealError } from '../domain/secrets/sealer.ts'
import { NoRegistry } from '../ports/database-refused.ts'
import { openRegistry } from '../storage/open-registry.ts'
import { init } from './init.ts'

const ACTOR = { principal: 'operator', via: 'admin' } as const

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-init-'))
})
afterEach(() => rm(folder, { recursive: true }))

const settings = (...more: string[]) => loadConfig({ argv: ['--data-dir', join(folder, 'data'), ...more], env: {} })
async function print(...more: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  await init(settings(...more), ACTOR, { stdout, stderr })
  return { stdout: stdout.read()?.toString() ?? '', stderr: stderr.read()?.toString() ?? '' }
}

it('makes a registry whose first key works, and no second one', async () => {
  const { stdout, stderr } = await print('--create-on-push', 'true')
  const { accountId, alias, userName, accessKeyId, secretAccessKey } = JSON.parse(stdout)
  expect(stderr).toBe(
    `A registry was made in ${join(folder, 'data/berth.db')} with ${join(folder, 'data/blobs')}. Keep the key of its ` +
      'first user, who may do everything: it is shown this once.\n',
  )
  expect(await print()).toEqual({ stdout: '', stderr: expect.stringMatching(/^A registry is in .* already;/) })
  await using registry = await openRegistry(settings(), ACTOR, { mayCreate: false })
  const { rows } = registry.metadata
  expect(await rows.registries.list({ limit: 9 })).toMatchObject([{ accountId, createOnPush: true }])
  expect(await rows.registries.aliases(accountId)).toMatchObject([{ alias }])
  const key = await rows.accessKeys.find(accessKeyId)
  expect(key).toMatchObject({ accountId, userName, active: true })
  expect(registry.sealer.open(key?.sealedSecret ?? '', accessKeyId)).toBe(secretAccessKey)
})

it('is opened by its own secret key alone, though nobody has served it yet', async () => {
  await print()
  await using registry = await openRegistry(settings('--secret-key', 'f'.repeat(64)), ACTOR, { mayCreate: false })
  const { signingKeys, metadata } = registry
  await expect(signingKeys.openAll()).rejects.toThrow(SealError)
  await expect(signingKeys.current()).rejects.toThrow(SealError)
  expect(await metadata.rows.signingKeys.list()).toEqual([])
})

it('says how to get another key where the first cannot be printed', async () => {
  const full = new Writable({ write: (_chunk, _encoding, done) => setImmediate(done, new Error('ENOSPC')) })
  const printing = init(settings(), ACTOR, { stdout: full, stderr: new PassThrough() })
  await expect(printing).rejects.toThrow(
    /is lost\. Make another one with `berthd admin key create --account \d{12} --user/,
  )
})

it('leaves nothing where it fails', async () => {
  await expect(print('--secret-key', 'f'.repeat(64), '--secret-key-file', 'x')).rejects.toThrow('given twice')
  expect(await readdir(folder)).toEqual([])
})

it('lets nobody open a registry without its blobs, or a database without an account', async () => {
  await (await openRegistry(settings(), ACTOR))[Symbol.asyncDispose]()
  await expect(openRegistry(settings(), ACTOR, { mayCreate: false })).rejects.toThrow(NoRegistry)
  await print()
  await rm(join(folder, 'data/blobs'), { recursive: true })
  await expect(openRegistry(settings(), ACTOR, { mayCreate: false })).rejects.toThrow(
    `${join(folder, 'data/blobs')} is not there, which has the bytes of this registry`,
  )
  expect(await readdir(join(folder, 'data'))).not.toContain('blobs')
})
