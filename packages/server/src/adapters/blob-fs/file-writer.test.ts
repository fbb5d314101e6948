import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { patternBytes } from '../../ports/blob-store.contract.ts'
import { diskFull } from '../../runtime/disk/fs-errors.ts'
import { FileWriter, type WritableFile, type WriterShare } from './file-writer.ts'

const MEBIBYTE = 1024 * 1024

const newShare = (): WriterShare => ({ openWriters: 0, syncing: false, takeRoom: async () => undefined })

/** A file in memory whose calls a test can cut short, hold or fail. */
class FakeFile {
  bytes = Buffer.alloc(0)
  writes: number[] = []
  syncs = 0
  closed = false
  /** How many of the bytes it is given a write takes. */
  takes: (offered: number) => number = offered => offered
  beforeWrite: () => Promise<void> = async () => undefined
  beforeSync: () => Promise<void> = async () => undefined

  async writev(chunks: readonly NodeJS.ArrayBufferView[], position?: number) {
    await this.beforeWrite()
    const offered = Buffer.concat(chunks as readonly Buffer[])
    const bytesWritten = this.takes(offered.length)
    this.writes.push(bytesWritten)
    const start = position ?? this.bytes.length
    const grown = Buffer.alloc(Math.max(this.bytes.length, start + bytesWritten))
    this.bytes.copy(grown)
    offered.copy(grown, start, 0, bytesWritten)
    this.bytes = grown
    return { bytesWritten, buffers: [...chunks] }
  }
  async datasync() {
    this.syncs += 1
    await this.beforeSync()
  }
  async truncate(length = 0) {
    this.bytes = this.bytes.subarray(0, length)
  }
  async close() {
    this.closed = true
  }
}

function open(file: FakeFile, share: WriterShare = newShare()): { writer: FileWriter; folderSyncs: () => number } {
  let folderSyncs = 0
  const syncFolder = async () => {
    folderSyncs += 1
  }
  const writer = new FileWriter({ file: file as WritableFile, sizeBytes: 0, syncFolder, share })
  return { writer, folderSyncs: () => folderSyncs }
}

/** A promise that a test settles. */
function gate() {
  let open = () => {}
  let fail = (_: Error) => {}
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { passed, open, fail }
}

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = Symbol()
  await new Promise(setImmediate)
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

describe('FileWriter', () => {
  it('gives back what it took when the disk turned out full, and keeps what was flushed', async () => {
    const file = new FakeFile()
    const share = newShare()
    let takes = 2
    const takeRoom = async () => {
      takes -= 1
      if (takes < 0) throw diskFull('the blobs')
    }
    const { writer } = open(file, { ...share, takeRoom })
    await writer.write(patternBytes(100))
    await writer.flush()
    await writer.write(patternBytes(MEBIBYTE)) // there is room for it, and for no more
    const refused = async () => {
      await writer.write(patternBytes(MEBIBYTE))
      await writer.flush()
    }
    await expect(refused()).rejects.toSatisfy(error => isProblem(error, 'storageFull'))
    expect(file.bytes.length).toBeGreaterThan(MEBIBYTE)
    await writer.close()
    expect(file.bytes).toEqual(patternBytes(100))
  })

  it('writes everything although each write takes only a part', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 40 }), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
        async (sizes, limits) => {
          const file = new FakeFile()
          let call = 0
          file.takes = offered => Math.min(offered, limits[call++ % limits.length] ?? offered)
          const { writer } = open(file)
          const expected = patternBytes(sizes.reduce((sum, size) => sum + size, 0))
          let position = 0
          for (const size of sizes) {
            await writer.write(Buffer.from(expected.subarray(position, position + size)))
            position += size
          }
          await writer.commit()
          expect(file.bytes).toEqual(expected)
        },
      ),
    )
  })

  it('fails when the file takes nothing at all', async () => {
    const file = new FakeFile()
    file.takes = () => 0
    const { writer } = open(file)
    await writer.write(Buffer.from('stuck'))
    await expect(writer.flush()).rejects.toThrow('takes no bytes')
  })

  it('makes one write of what sixteen reads of a socket deliver', async () => {
    const file = new FakeFile()
    const { writer } = open(file)
    for (let part = 0; part < 48; part += 1) await writer.write(Buffer.alloc(65_536))
    await writer.commit()
    expect(file.writes).toEqual([MEBIBYTE, MEBIBYTE, MEBIBYTE])
  })

  it('gathers less in each of many writers, and more again when they have closed', async () => {
    const share = newShare()
    const files = Array.from({ length: 64 }, () => new FakeFile())
    const [first, ...others] = files.map(file => open(file, share).writer)
    const fill = async () => {
      for (let part = 0; part < 16; part += 1) await first?.write(Buffer.alloc(65_536))
      await first?.flush()
      return files[0]?.writes.splice(0)
    }
    expect(await fill()).toEqual([MEBIBYTE / 4, MEBIBYTE / 4, MEBIBYTE / 4, MEBIBYTE / 4])
    for (const writer of others) await writer.close()
    expect(await fill()).toEqual([MEBIBYTE])
    await first?.close()
    expect(share.openWriters).toBe(0)
  })

  it('does not gather crumbs without limit', async () => {
    const file = new FakeFile()
    const { writer } = open(file)
    for (let part = 0; part < 3000; part += 1) await writer.write(Buffer.of(1))
    await writer.flush()
    expect(file.writes.length).toBeGreaterThan(1)
  })

  it('holds back the caller once one batch is being written and the next is full', async () => {
    const file = new FakeFile()
    const disk = gate()
    file.beforeWrite = () => disk.passed
    const { writer } = open(file)
    expect(await settled(writer.write(Buffer.alloc(MEBIBYTE)))).toBe(true)
    expect(await settled(writer.write(Buffer.alloc(MEBIBYTE - 1)))).toBe(true)
    const held = writer.write(Buffer.of(1))
    expect(await settled(held)).toBe(false)
    disk.open()
    await held
    await writer.commit()
    expect(file.bytes.length).toBe(2 * MEBIBYTE)
  })

  it('syncs the file, then its folder, then closes', async () => {
    const file = new FakeFile()
    const { writer, folderSyncs } = open(file)
    await writer.write(Buffer.from('durable'))
    await writer.flush()
    expect([file.syncs, folderSyncs(), file.closed]).toEqual([0, 0, false])
    await writer.commit()
    expect([file.syncs, folderSyncs(), file.closed]).toEqual([1, 1, true])
  })

  it('syncs a large file while it streams, one such sync at a time over all writers', async () => {
    const share = newShare()
    const [first, second] = [new FakeFile(), new FakeFile()]
    const disk = gate()
    first.beforeSync = () => disk.passed
    const writers = [open(first, share).writer, open(second, share).writer]
    for (const writer of writers) {
      for (let part = 0; part < 30; part += 1) await writer.write(Buffer.alloc(MEBIBYTE))
      await writer.flush()
    }
    expect([first.syncs, second.syncs]).toEqual([1, 0])
    disk.open()
    for (const writer of writers) await writer.commit()
    expect([first.syncs, second.syncs]).toEqual([2, 1])
    expect(share.syncing).toBe(false)
  })

  it('keeps nothing to resume from after a failed sync, even one that failed early', async () => {
    for (const sizeBytes of [5, 30 * MEBIBYTE]) {
      const file = new FakeFile()
      const lost = gate()
      // The kernel reports lost pages once: a second sync would succeed.
      file.beforeSync = () => (file.syncs === 1 ? lost.passed : Promise.resolve())
      const { writer, folderSyncs } = open(file)
      for (let left = sizeBytes; left > 0; left -= MEBIBYTE) await writer.write(Buffer.alloc(Math.min(left, MEBIBYTE)))
      const committed = writer.commit()
      expect(await settled(committed)).toBe(false)
      lost.fail(new Error('EIO'))
      await expect(committed).rejects.toThrow('EIO')
      await expect(writer.commit()).rejects.toThrow('EIO')
      await writer.close()
      expect([file.bytes.length, folderSyncs(), file.closed]).toEqual([0, 0, true])
    }
  })

  it('lets a write end before it closes the file, and drops what was gathering', async () => {
    const file = new FakeFile()
    const disk = gate()
    file.beforeWrite = () => disk.passed
    const { writer } = open(file)
    await writer.write(Buffer.alloc(MEBIBYTE))
    await writer.write(Buffer.from('dropped'))
    const closed = writer.close()
    expect(await settled(closed)).toBe(false)
    expect(file.closed).toBe(false)
    disk.open()
    await closed
    expect([file.closed, file.bytes.length]).toEqual([true, MEBIBYTE])
  })
})
