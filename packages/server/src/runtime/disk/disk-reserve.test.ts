import { describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { DiskReserve, type DiskSpace } from './disk-reserve.ts'

const MIB = 1024 * 1024

/** A disk of so many MiB, in blocks of one. */
class Disk implements DiskSpace {
  readonly bsize = MIB
  readonly blocks: number
  bavail: number
  looks = 0
  constructor(mebibytes: number) {
    this.blocks = mebibytes
    this.bavail = mebibytes
  }
  reserve(): DiskReserve {
    return new DiskReserve('', async () => {
      this.looks += 1
      return this
    })
  }
  /** Takes a mebibyte at a time, as blobs would. */
  async fill(reserve: DiskReserve): Promise<void> {
    for (;;) {
      await reserve.take(MIB)
      this.bavail -= 1
    }
  }
}

const isFull = (error: unknown) => isProblem(error, 'unavailable')

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
})
