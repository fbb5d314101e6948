import { statfs } from 'node:fs/promises'
import { diskFull, fsCall } from './fs-errors.ts'

const MEBIBYTE = 1024 * 1024
/**
 * What blobs leave free, less on a small disk. The rows live on the same disk: were it full to the last
 * byte, not even the delete that is to free some could be written down.
 */
const RESERVE = { bytes: 64 * MEBIBYTE, share: 1 / 20 }
/** Taken without looking again; other programs use the disk too. */
const GRANT_BYTES = 8 * MEBIBYTE

/** The part of `statfs` that is used. */
export interface DiskSpace {
  readonly bsize: number
  readonly blocks: number
  readonly bavail: number
}

/** Tells all writers of a store when the disk is as full as blobs may make it. */
export class DiskReserve {
  readonly #look: () => Promise<DiskSpace>
  #grantedBytes = 0

  constructor(folder: string, look: () => Promise<DiskSpace> = () => statfs(folder)) {
    this.#look = look
  }

  /** Returns when the disk has room for `bytes`. Writers ask before each write. @throws RegistryError `unavailable` */
  async take(bytes: number): Promise<void> {
    this.#grantedBytes -= bytes
    if (this.#grantedBytes >= 0) return
    const { bsize, blocks, bavail } = await fsCall(this.#look())
    const spareBytes = bavail * bsize - Math.min(RESERVE.bytes, blocks * bsize * RESERVE.share)
    if (spareBytes < bytes) throw diskFull()
    this.#grantedBytes = Math.min(GRANT_BYTES, spareBytes) - bytes
  }
}
