import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { ACCOUNT, addRegistry } from '../../ports/metadata-contract/testing/fixtures.ts'
import { DiskReserve } from '../../runtime/disk/disk-reserve.ts'
import { openSqliteMetadata } from './open-sqlite-metadata.ts'
import { ReserveFile, reserveFileOf } from './reserve-file.ts'

const MEBIBYTE = 1024 * 1024
/** As SQLite reports it: a disk without room, one that fails, a file that another process has locked. */
const sqliteError = (errcode: number) => Object.assign(new Error(`code ${errcode}`), { errcode })
const [FULL, IOERR, BUSY] = [sqliteError(13), sqliteError(10), sqliteError(5)]

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-reserve-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))
const sizeOf = async (path: string) => (await stat(path)).size / MEBIBYTE

describe('the reserve of the rows', () => {
  let free = 1000
  const space = async () => ({ bsize: MEBIBYTE, blocks: 1000, bavail: free, files: 0, ffree: 0 })
  const reserve = () =>
    new ReserveFile(join(folder, 'reserve'), new DiskReserve(folder, { held: 'the database', space }))
  beforeEach(() => {
    free = 1000
  })

  it('is taken where there is more room than pushes leave, once', async () => {
    free = 50 + 15
    await reserve().fill()
    await expect(sizeOf(join(folder, 'reserve'))).rejects.toThrow('ENOENT')
    free = 50 + 16
    for (const _ of [1, 2]) await reserve().fill()
    expect(await sizeOf(join(folder, 'reserve'))).toBe(16)
    expect((await stat(join(folder, 'reserve'))).mode & 0o777).toBe(0o600)
  })

  it('is given up by quarters where SQLite finds no room, and taken back when there is some', async () => {
    await reserve().fill()
    for (const left of [12, 8, 4, 0]) {
      expect(await reserve().giveUp(FULL)).toBe(true)
      expect(await sizeOf(join(folder, 'reserve'))).toBe(left)
    }
    expect(await reserve().giveUp(FULL)).toBe(false)
    await reserve().fill()
    expect(await sizeOf(join(folder, 'reserve'))).toBe(16)
  })

  it('is kept where something else is wrong', async () => {
    await reserve().fill()
    for (const error of [BUSY, IOERR, new Error('a defect')]) expect(await reserve().giveUp(error)).toBe(false)
    free = 0 // files beside the database cannot be written then, which SQLite reports in other words
    expect(await reserve().giveUp(IOERR)).toBe(true)
  })
})

describe('a transaction that finds no room', () => {
  it('is done again as long as there is something to give up, and then refused', async () => {
    const file = join(folder, 'metadata.db')
    const store = await openSqliteMetadata({ file })
    await store.keepRoom?.()
    const kept = (await stat(reserveFileOf(file))).size
    let tries = 0
    await store.transaction(async rows => {
      await addRegistry(rows)
      tries += 1
      if (tries < 3) throw FULL
    })
    expect(tries).toBe(3)
    expect((await stat(reserveFileOf(file))).size).toBeLessThanOrEqual(Math.ceil(kept / 2))
    expect(await store.rows.registries.find(ACCOUNT)).toBeDefined()

    tries = 0
    const failing = store.transaction(async () => {
      tries += 1
      throw FULL
    })
    await expect(failing).rejects.toBe(FULL)
    expect(tries).toBe(3)
    await store.keepRoom?.()
    expect((await stat(reserveFileOf(file))).size).toBe(kept)
    await store.close()
  })

  it('is not done again for other reasons', async () => {
    const store = await openSqliteMetadata({ file: join(folder, 'metadata.db') })
    await store.keepRoom?.()
    let tries = 0
    const failing = store.transaction(async () => {
      tries += 1
      throw BUSY
    })
    await expect(failing).rejects.toSatisfy(error => !isProblem(error, 'storageFull'))
    expect(tries).toBe(1)
    await store.close()
  })
})
