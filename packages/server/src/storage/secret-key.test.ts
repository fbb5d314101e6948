import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findSecretKey, loadSecretKey, SecretKeyError } from './secret-key.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-secret-key-'))
})
afterEach(() => rm(folder, { recursive: true }))
const modeOf = async (file: string) => (await stat(file)).mode & 0o777

describe('loadSecretKey', () => {
  it('makes a key once, for its owner alone, and finds it again', async () => {
    const file = join(folder, 'secret.key')
    const key = await loadSecretKey(file, { mayCreate: true })
    expect([key.length, await modeOf(file)]).toEqual([32, 0o600])
    expect(await loadSecretKey(file, { mayCreate: true })).toEqual(key)
    expect(await loadSecretKey(file, { mayCreate: false })).toEqual(key)
    expect(await readdir(folder)).toEqual(['secret.key'])
  })

  it('gives the same key to all who start at once', async () => {
    const file = join(folder, 'secret.key')
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadSecretKey(file, { mayCreate: true })))
    expect(new Set(keys.map(key => key.toString('hex'))).size).toBe(1)
    expect(await loadSecretKey(file, { mayCreate: false })).toEqual(keys[0])
    expect(await readdir(folder)).toEqual(['secret.key'])
  })

  it('makes none where secrets were sealed with another one', async () => {
    const file = join(folder, 'secret.key')
    await expect(loadSecretKey(file, { mayCreate: false })).rejects.toThrow(SecretKeyError)
    expect(await readdir(folder)).toEqual([])
  })

  it.each(['', 'ab', 'g'.repeat(64), `${'a'.repeat(64)}b`])(
    'refuses a file that holds %j, and keeps it',
    async text => {
      const file = join(folder, 'secret.key')
      await writeFile(file, text)
      await expect(loadSecretKey(file, { mayCreate: true })).rejects.toThrow('does not hold 64 hexadecimal digits')
      expect(await readFile(file, 'utf8')).toBe(text)
    },
  )
})

describe('findSecretKey', () => {
  const isEmpty = async () => true
  const key = 'ab'.repeat(32)
  const find = (source: { file?: string; key?: string; isShared?: boolean }) =>
    findSecretKey({ dataDir: folder, file: undefined, key: undefined, isShared: true, ...source }, isEmpty)

  it('of servers that share a database comes from outside: no server makes one for itself', async () => {
    const file = join(folder, 'shared.key')
    await expect(find({})).rejects.toThrow('Servers on PostgreSQL need a secret key')
    await expect(find({ file })).rejects.toThrow(`${file} is missing`)
    await writeFile(file, `${key}\n`)
    expect([await find({ file }), await find({ key })]).toEqual([Buffer.from(key, 'hex'), Buffer.from(key, 'hex')])
    expect(await readdir(folder)).toEqual(['shared.key'])
  })

  it('of a server alone is made in its folder', async () => {
    const made = await find({ isShared: false })
    expect(await loadSecretKey(join(folder, 'secret.key'), { mayCreate: false })).toEqual(made)
  })

  it('is not given twice', async () => {
    await expect(find({ file: join(folder, 'a'), key })).rejects.toThrow('given twice')
  })
})
