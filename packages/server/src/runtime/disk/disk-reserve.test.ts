import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { DiskReserve, type DiskSpace } from './disk-reserve.ts'

const MIB = 1024 * 1024

/** A disk of so many MiB, in blocks of one. */
class Disk implements DiskSpace {
  readonly bsize = MIB
  readonly blocks: number
  bavail: number
  files = 10_000
  ffree = 10_000
  looks = 0
  constructor(mebibytes: number) {
    this.blocks = mebibytes
    this.bavail = mebibytes
  }
  reserve(folder = ''): DiskReserve {
    const space = async () => {
      this.looks += 1
      return this
    }
    return new DiskReserve(folder, { held: 'the blobs', space })
  }
  /** Takes a mebibyte at a time, as blobs would. */
  async fill(reserve: DiskReserve): Promise<void> {
    for (;;) {
      await reserve.take(MIB)
      this.bavail -= 1
    }
  }
}

const isFull = (error: unknown) => isProblem(error, 'storageFull')

describe('DiskReserve', () => {
  it.each([
    [100_000, 64],
    [1000, 50],
    [20, 1],
  ])('of a disk of %d MiB it leaves %d MiB', async (size, left) => {
    const disk = new Disk(size)
    await expect(disk.fill(disk.reserve())).rejects.toSatisfy(isFull)
    expect(disk.bavail).toBe(left)
  })

  it('gives again when there is room again', async () => {
    const disk = new Disk(100)
    const reserve = disk.reserve()
    await expect(disk.fill(reserve)).rejects.toSatisfy(isFull)
    disk.bavail += 10
    await expect(disk.fill(reserve)).rejects.toSatisfy(isFull)
    expect(disk.bavail).toBe(5)
  })

  it('does not look at the disk for every write', async () => {
    const disk = new Disk(1000)
    const reserve = disk.reserve()
    for (let count = 0; count < 80; count += 1) await reserve.take(MIB / 10)
    expect(disk.looks).toBe(1)
  })

  it('refuses what is known to be too much before it comes, and takes nothing for it', async () => {
    const disk = new Disk(100)
    const reserve = disk.reserve()
    await expect(reserve.require(96 * MIB)).rejects.toSatisfy(isFull)
    for (let count = 0; count < 9; count += 1) await reserve.require(95 * MIB)
    disk.bavail = 5
    await expect(reserve.require(1)).rejects.toSatisfy(isFull)
  })

  it('is full, too, where there is no room for another file', async () => {
    const disk = new Disk(1000)
    disk.ffree = 3
    await expect(disk.reserve().take(1)).rejects.toSatisfy(isFull)
    disk.files = 0 // a file system that does not number them
    await disk.reserve().take(1)
  })

  it('tells what a look finds: room, none, and a folder that is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'disk-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const disk = new Disk(100)
    const reserve = disk.reserve(folder)
    expect(await reserve.look()).toMatchObject({ freeBytes: 100 * MIB, reserveBytes: 5 * MIB, isFull: false })
    disk.bavail = 5
    expect(await reserve.look()).toMatchObject({ isFull: true, trouble: undefined })
    const absent = new DiskReserve(join(folder, 'absent'), { held: 'the blobs' })
    expect(await absent.look()).toMatchObject({ trouble: 'The folder of the blobs is not there.' })
    const later = new DiskReserve(join(folder, 'absent'), { held: 'temporary files', isMadeLater: true })
    expect(await later.look()).toMatchObject({ trouble: undefined })
    await later.take(1)
  })
})
