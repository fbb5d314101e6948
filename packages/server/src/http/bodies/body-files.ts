import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { networkOf } from '../../domain/address.ts'
import { RegistryError } from '../../domain/problem.ts'
import { DiskReserve } from '../../runtime/disk/disk-reserve.ts'
import { fsError } from '../../runtime/disk/fs-errors.ts'
import { LEAST_BYTES_PER_SECOND } from './paced-body.ts'

/** How much of the room one address may have. */
const PORTION = 1 / 4
/** The time in which the pace of a body is measured. The time before counts as well. */
const SPAN_MS = 500
/** Milliseconds after which a body may count as slow: one that has only begun is not slow yet. */
const GRACE_MS = 1_000

/** The disk that has the folder. Bodies come and go, and the first of them makes the folder. */
const temporaryDisk = (folder: string): DiskReserve =>
  new DiskReserve(folder, { held: 'temporary files', isMadeLater: true })

export interface BodyFile {
  /** Aborted, with a RegistryError as its reason, when this body has to make room for another one. */
  readonly signal: AbortSignal
  /** Appends bytes, and keeps nothing of the buffer. */
  write(bytes: Buffer): Promise<void>
  /** Says that the body is complete. From then on it does not make room for others. */
  complete(): void
  /** Fills `into` with the bytes from `position` on. */
  read(into: Buffer, position: number): Promise<void>
  /** Frees the room. Calling it again does no harm. */
  close(): Promise<void>
}

interface Kept {
  readonly address: string
  readonly sizeBytes: number
  readonly openedAt: number
  readonly abort: AbortController
  isComplete: boolean
  /** The bytes of the span that began at that time, and of the span before. */
  inSpan: number
  before: number
  spanAt: number
}

/**
 * Files in which bodies gather that are too large for memory, until they are complete. All of them together have so
 * much of the disk, and those of one address a quarter of that. Where the room is used up, the slowest body that is
 * below the pace for bodies makes room: a client that sends at once does not wait for those that stand still. The
 * files have no names, and so vanish with the process.
 */
export class BodyFiles {
  readonly #folder: string
  readonly #limitBytes: number
  readonly #disk: DiskReserve
  readonly #kept = new Set<Kept>()
  #made: Promise<unknown> | undefined

  constructor(folder: string, limitBytes: number, disk = temporaryDisk(folder)) {
    this.#folder = folder
    this.#disk = disk
    this.#limitBytes = limitBytes
  }

  get heldBytes(): number {
    return sum(this.#kept)
  }

  /** Opens a file for a body from the address `from`. @throws RegistryError `unavailable` */
  async open(from: string, sizeBytes: number): Promise<BodyFile> {
    const address = networkOf(from)
    this.#makeRoom(address, sizeBytes)
    const now = performance.now()
    const kept: Kept = {
      address,
      sizeBytes,
      openedAt: now,
      abort: new AbortController(),
      isComplete: false,
      inSpan: 0,
      before: 0,
      spanAt: now,
    }
    this.#kept.add(kept)
    try {
      return this.#bodyFile(kept, await this.#openFile())
    } catch (cause) {
      this.#kept.delete(kept)
      throw fsError(cause, 'temporary files')
    }
  }

  async #openFile(): Promise<FileHandle> {
    this.#made ??= mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await this.#made.catch(error => {
      this.#made = undefined
      throw error
    })
    const path = join(this.#folder, randomUUID())
    const file = await open(path, 'wx+', 0o600)
    await unlink(path)
    return file
  }

  #bodyFile(kept: Kept, file: FileHandle): BodyFile {
    let [position, isClosed] = [0, false]
    return {
      signal: kept.abort.signal,
      write: async bytes => {
        note(kept, bytes.length)
        await this.#disk.take(bytes.length)
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position).catch(failed)
          done += bytesWritten
          position += bytesWritten
        }
      },
      complete: () => {
        kept.isComplete = true
      },
      read: async (into, from) => {
        for (let done = 0; done < into.length; ) {
          const { bytesRead } = await file.read(into, done, into.length - done, from + done)
          if (bytesRead === 0) throw new Error('a body has fewer bytes than were written')
          done += bytesRead
        }
      },
      close: async () => {
        this.#kept.delete(kept)
        if (!isClosed) await file.close()
        isClosed = true
      },
    }
  }

  #makeRoom(address: string, sizeBytes: number): void {
    const isOwn = (kept: Kept) => kept.address === address
    for (;;) {
      const own = [...this.#kept].filter(isOwn)
      const isOwnFull = sum(own) + sizeBytes > this.#limitBytes * PORTION
      if (!isOwnFull && sum(this.#kept) + sizeBytes <= this.#limitBytes) return
      const [slowest] = (isOwnFull ? own : [...this.#kept])
        .filter(isSlow)
        .sort((one, other) => recent(one) - recent(other))
      if (slowest === undefined) throw unavailable()
      slowest.isComplete = true // it goes, and nobody asks it a second time
      this.#kept.delete(slowest)
      slowest.abort.abort(unavailable())
    }
  }
}

/** Notes bytes, and returns those of this span and the one before. */
function note(kept: Kept, sizeBytes: number): number {
  const passedMs = performance.now() - kept.spanAt
  if (passedMs >= SPAN_MS) {
    kept.before = passedMs < 2 * SPAN_MS ? kept.inSpan : 0
    kept.inSpan = 0
    kept.spanAt = performance.now()
  }
  kept.inSpan += sizeBytes
  return kept.before + kept.inSpan
}

const recent = (kept: Kept): number => note(kept, 0)

const isSlow = (kept: Kept): boolean =>
  !kept.isComplete &&
  performance.now() - kept.openedAt > GRACE_MS &&
  recent(kept) < (LEAST_BYTES_PER_SECOND * SPAN_MS) / 1000

const sum = (all: Iterable<Kept>): number => {
  let sizeBytes = 0
  for (const kept of all) sizeBytes += kept.sizeBytes
  return sizeBytes
}

const failed = (cause: unknown): never => {
  throw fsError(cause, 'temporary files')
}

const unavailable = (): RegistryError =>
  new RegistryError({
    kind: 'unavailable',
    what: 'The server has as many large requests as it has room for. Try again in a moment.',
    retryAfterSeconds: 1,
  })
