import { randomFillSync } from 'node:crypto'
import { open, stat, truncate } from 'node:fs/promises'
import type { DiskLook, DiskReserve } from '../../runtime/disk/disk-reserve.ts'
import { codeOf } from '../../runtime/disk/fs-errors.ts'
import { lackOfRoom } from './sqlite-errors.ts'

const MEBIBYTE = 1024 * 1024
/**
 * The size of the reserve: room for some thousand deletions, with the log that they are written to first; less on a
 * small disk.
 */
const SIZE = { bytes: 16 * MEBIBYTE, share: 1 / 20 }
/** How many parts the reserve is given up in: other programs may take what is free at once. */
const STEPS = 4
/** The bytes below which there is no room to write rows in. */
const FULL_BYTES = MEBIBYTE

/** The reserve's file, beside the database and its log. */
export const reserveFileOf = (database: string): string => `${database}-reserve`

/** Does `work`, and does it again each time that it finds no room and some of the reserve could be given up. */
export async function withRoom<T>(reserve: ReserveFile, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(await reserve.giveUp(error))) throw error
    }
  }
}

/**
 * A file that only takes room, so that the rows have some left where other programs have filled the disk. It is given
 * up when a transaction finds none, a quarter at a time, and made anew when there is enough. Any process that has the
 * database open may do either.
 */
export class ReserveFile {
  readonly #path: string
  readonly #disk: DiskReserve

  constructor(path: string, disk: DiskReserve) {
    this.#path = path
    this.#disk = disk
  }

  /** Takes the room that is missing, where there is more than pushes leave. Never rejects. */
  async fill(): Promise<void> {
    try {
      const look = await this.#disk.look()
      const { freeBytes, reserveBytes } = look
      const sizeBytes = wholeBytes(look)
      const hasBytes = await this.#sizeBytes()
      if (hasBytes >= sizeBytes) return
      if (freeBytes - reserveBytes < sizeBytes - hasBytes) return
      await this.#write(hasBytes, sizeBytes)
    } catch {
      // The disk is full, or cannot be written: it is tried again, and whoever writes rows says so.
    }
  }

  /**
   * Gives a part of the room up where `error` may be for want of it. False where it is not, or where no room is left to
   * give.
   */
  async giveUp(error: unknown): Promise<boolean> {
    try {
      const lack = lackOfRoom(error)
      if (lack === 'none') return false
      const look = await this.#disk.look()
      if (look.trouble !== undefined) return false
      if (lack === 'maybe' && look.freeBytes >= FULL_BYTES) return false
      const hasBytes = await this.#sizeBytes()
      if (hasBytes === 0) return false
      const step = Math.ceil(wholeBytes(look) / STEPS)
      await truncate(this.#path, Math.max(0, hasBytes - step))
      return true
    } catch {
      return false
    }
  }

  async #sizeBytes(): Promise<number> {
    try {
      return (await stat(this.#path)).size
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 0
      throw error
    }
  }

  /** Writes random bytes: a file system that compresses would keep nothing free for zeros. */
  async #write(from: number, to: number): Promise<void> {
    const block = randomFillSync(Buffer.allocUnsafe(MEBIBYTE))
    const file = await open(this.#path, 'a', 0o600)
    try {
      for (let at = from; at < to; ) at += (await file.write(block, 0, Math.min(block.length, to - at))).bytesWritten
    } finally {
      await file.close()
    }
  }
}

const wholeBytes = ({ sizeBytes }: DiskLook): number => Math.min(SIZE.bytes, Math.floor(sizeBytes * SIZE.share))
