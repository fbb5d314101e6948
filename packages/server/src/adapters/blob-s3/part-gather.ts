import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { RegistryError } from '../../domain/problem.ts'
import { DiskReserve } from '../../runtime/disk/disk-reserve.ts'
import { fsCall, fsError } from '../../runtime/disk/fs-errors.ts'

const HELD = 'parts of uploads'

/** Where one part of an upload gathers until it is sent. */
export interface PartGather {
  write(bytes: Buffer, position: number): Promise<void>
  /** The bytes from `first` to before `end`, in memory, for a caller that is about to send them. */
  read(first: number, end: number): Promise<Buffer>
  /**
   * Frees memory or file. The memory is used again, unless a request that failed may still look at it: `isIdle` is
   * false then.
   */
  free(isIdle: boolean): Promise<void>
}

export const gatherInMemory = (buffer: Buffer, onFree: (isIdle: boolean) => void): PartGather => ({
  write: async (bytes, position) => void bytes.copy(buffer, position),
  read: async (first, end) => buffer.subarray(first, end),
  free: async isIdle => onFree(isIdle),
})

/**
 * Files for parts that find no room in memory while they gather. Each file holds one part, and there are at most so
 * many files.
 */
export class PartFiles {
  readonly #folder: string
  readonly #most: number
  readonly #disk: DiskReserve
  #open = 0

  constructor(folder: string, most: number) {
    this.#folder = folder
    this.#most = most
    this.#disk = new DiskReserve(folder, { held: HELD, isMadeLater: true })
  }

  /** A file for one part. @throws RegistryError `unavailable` where there are as many files as may be */
  async gather(): Promise<PartGather> {
    if (this.#open >= this.#most)
      throw new RegistryError({
        kind: 'unavailable',
        what: 'Too many uploads are under way.',
        retryAfterSeconds: 5,
      })
    this.#open += 1
    let file: FileHandle
    try {
      file = await this.#create()
    } catch (error) {
      this.#open -= 1
      throw fsError(error, HELD)
    }
    const disk = this.#disk
    let freed: Promise<void> | undefined
    return {
      async write(bytes, position) {
        await disk.take(bytes.length)
        for (let done = 0; done < bytes.length; )
          done += (await fsCall(file.write(bytes, done, bytes.length - done, position + done), HELD)).bytesWritten
      },
      async read(first, end) {
        const sizeBytes = end - first
        const buffer = Buffer.allocUnsafeSlow(sizeBytes)
        for (let done = 0; done < sizeBytes; ) {
          const { bytesRead } = await file.read(buffer, done, sizeBytes - done, first + done)
          if (bytesRead === 0) throw new Error(`a part has ${done} bytes of ${sizeBytes}`)
          done += bytesRead
        }
        return buffer
      },
      free: () => {
        freed ??= file.close().finally(() => {
          this.#open -= 1
        })
        return freed
      },
    }
  }

  /** The file loses its name at once, so that it goes with the process however that ends. */
  async #create(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const name = join(this.#folder, randomUUID())
    const file = await open(name, 'wx+', 0o600)
    await unlink(name)
    return file
  }
}
