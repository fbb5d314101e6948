import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, diskFull, diskTrouble, fsCall, fsError, type Held } from './fs-errors.ts'

const MEBIBYTE = 1024 * 1024
/**
 * The room that pushes leave free, less on a small disk. Rows and bytes often share a disk: were it full to the last
 * byte, not even a deletion that is to free some could be written down.
 */
const RESERVE = { bytes: 64 * MEBIBYTE, share: 1 / 20 }
/** How many files pushes leave free: a file system may run out of files before it runs out of bytes. */
const SPARE_FILES = 64
/** How many bytes are taken without another look, and for how long: other programs use the disk too. */
const GRANT = { bytes: 8 * MEBIBYTE, ms: 1_000 }

/** The part of `statfs` that is used. */
export interface DiskSpace {
  readonly bsize: number
  readonly blocks: number
  readonly bavail: number
  /** The number of files that the file system has; 0 where it counts none. */
  readonly files: number
  readonly ffree: number
}

/** The findings of a look at a disk. */
export interface DiskLook {
  readonly sizeBytes: number
  /** The bytes that are free for this program. */
  readonly freeBytes: number
  readonly reserveBytes: number
  /** One number for each file system of the machine. */
  readonly device: number
  /** Whether pushes are refused for want of room. */
  readonly isFull: boolean
  /** Whether pushes are refused for want of room for another file. */
  readonly isOutOfFiles: boolean
  /** Why nothing can be written at all, in a sentence. */
  readonly trouble: string | undefined
}

export interface DiskOptions {
  readonly held: Held
  /** The folder is made when it is needed. Until then its disk is that of the folder above. */
  readonly isMadeLater?: boolean
  /** A file in it that must be there and be written, too. */
  readonly file?: string
  readonly space?: (folder: string) => Promise<DiskSpace>
}

const NOTHING = { sizeBytes: 0, freeBytes: 0, reserveBytes: 0, device: -1, isFull: false, isOutOfFiles: false }

/** The disk of one folder: tells all who write there when it is as full as they may make it. */
export class DiskReserve {
  readonly folder: string
  readonly held: Held
  readonly #isMadeLater: boolean
  readonly #file: string | undefined
  readonly #space: (folder: string) => Promise<DiskSpace>
  #grantedBytes = 0
  #grantedUntil = 0

  constructor(folder: string, { held, isMadeLater = false, file, space = statfs }: DiskOptions) {
    this.folder = folder
    this.held = held
    this.#isMadeLater = isMadeLater
    this.#file = file && join(folder, file)
    this.#space = space
  }

  /** Returns when the disk has room for `bytes`. Writers ask before each write. @throws RegistryError `storageFull` */
  async take(bytes: number): Promise<void> {
    this.#grantedBytes -= bytes
    const now = performance.now()
    if (this.#grantedBytes >= 0 && now < this.#grantedUntil) return
    const spareBytes = await this.#spareBytes()
    if (spareBytes < bytes) {
      this.#grantedBytes = 0
      throw diskFull(this.held)
    }
    this.#grantedBytes = Math.min(GRANT.bytes, spareBytes) - bytes
    this.#grantedUntil = now + GRANT.ms
  }

  /** Call it before so many bytes begin to come. Nothing is taken. @throws as `take` */
  async require(bytes: number): Promise<void> {
    if (bytes <= this.#grantedBytes && performance.now() < this.#grantedUntil) return
    if ((await this.#spareBytes()) < bytes) throw diskFull(this.held)
  }

  /** Looks at the disk. It never rejects. */
  async look(): Promise<DiskLook> {
    try {
      const folder = await this.#existing()
      const { dev: device } = await stat(folder)
      const space = await this.#space(folder)
      const { freeBytes, reserveBytes, isOutOfFiles } = measure(space)
      await access(folder, constants.W_OK | constants.X_OK)
      if (this.#file !== undefined) await access(this.#file, constants.R_OK | constants.W_OK)
      const isFull = isOutOfFiles || freeBytes <= reserveBytes
      const sizeBytes = space.blocks * space.bsize
      return { sizeBytes, freeBytes, reserveBytes, device, isFull, isOutOfFiles, trouble: undefined }
    } catch (error) {
      const trouble = diskTrouble(error, this.held) ?? `The disk that holds ${this.held} cannot be looked at.`
      return { ...NOTHING, trouble }
    }
  }

  async #spareBytes(): Promise<number> {
    const { freeBytes, reserveBytes, isOutOfFiles } = await fsCall(
      this.#existing().then(async folder => measure(await this.#space(folder))),
      this.held,
    )
    return isOutOfFiles ? -1 : freeBytes - reserveBytes
  }

  async #existing(): Promise<string> {
    if (!this.#isMadeLater) return this.folder
    try {
      await access(this.folder)
      return this.folder
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw fsError(error, this.held)
      return dirname(this.folder)
    }
  }
}

function measure({ bsize, blocks, bavail, files, ffree }: DiskSpace) {
  return {
    freeBytes: bavail * bsize,
    reserveBytes: Math.min(RESERVE.bytes, Math.floor(blocks * bsize * RESERVE.share)),
    isOutOfFiles: files > 0 && ffree < SPARE_FILES,
  }
}
