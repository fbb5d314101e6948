import { type FileHandle, open } from 'node:fs/promises'
import type { RegistryError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import { unavailable } from './sqlite-errors.ts'

/** The part of a file handle that is used. */
export type LogFile = Pick<FileHandle, 'datasync' | 'close'>

export interface WriteAheadLogOptions {
  readonly open: () => Promise<LogFile>
  /** Called now and again, after so many commits: it is time to move the log into the database. */
  readonly onLong?: () => void
}

const LOST = 'The disk lost what was written. The server must be started again.'

/** How many commits come between two moves of the log into the database: some 6 MiB. */
const COMMITS_A_CHECKPOINT = 100

/**
 * The log that SQLite writes commits to, synced without holding up the event loop. SQLite's own sync is done by the
 * thread that commits, and takes as long as the disk has to do: hundreds of milliseconds where others write. Here a
 * commit is in the log when it returns, and on the disk when `synced` resolves: until then nobody may be told of it,
 * nor of what was read meanwhile. Commits that wait at the same time share a sync.
 */
export class WriteAheadLog {
  readonly #options: WriteAheadLogOptions
  #file: Promise<LogFile> | undefined
  /** The commit that another thread is at, by its number. It may be in the log, or not. */
  #committing: { readonly number: number; readonly over: Promise<void> } | undefined
  /** How many commits there were, and how many of them are on the disk. */
  #written = 0
  #synced = 0
  #syncing: Promise<void> | undefined
  #failure: RegistryError | undefined

  constructor(options: WriteAheadLogOptions) {
    this.#options = options
  }

  /** True while a commit is not on the disk. */
  get isBehind(): boolean {
    return this.#synced < this.#written
  }

  /** The trouble in words for an operator, once nothing can be trusted to be on the disk any more. */
  get trouble(): string | undefined {
    return this.#failure && LOST
  }

  /**
   * Runs a transaction, and waits until what it has committed, or seen, is on the disk.
   * @throws RegistryError `unavailable`, and as `run`
   */
  async syncedAfter<T>(run: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return await run()
    } finally {
      await this.synced()
    }
  }

  /** Call it in the turn in which a commit came to be in the log. */
  note(): void {
    this.#written += 1
    if (this.#written % COMMITS_A_CHECKPOINT === 0) this.#options.onLong?.()
  }

  /**
   * Notes a commit of another thread, which takes some turns: it is in the log when `commit` ends, and readers may see
   * it before. Commits take turns, so none is noted meanwhile.
   */
  noteAfter(commit: Promise<void>): void {
    this.note()
    const over = () => {
      this.#committing = undefined
    }
    this.#committing = { number: this.#written, over: commit.then(over, over) }
  }

  /** Resolves when all that has been noted so far is on the disk. @throws RegistryError `unavailable` */
  async synced(): Promise<void> {
    const wanted = this.#written
    while (this.#synced < wanted) {
      // A sync now could come too early for the commit under way, and all others are on the disk.
      if (this.#synced === this.#inLog) await this.#committing?.over
      this.#syncing ??= this.#sync().finally(() => {
        this.#syncing = undefined
      })
      await this.#syncing
    }
  }

  /** Syncs what anybody has written, in whatever process. @throws RegistryError `unavailable` */
  async syncAll(): Promise<void> {
    this.#written += 1
    await this.synced()
  }

  async close(): Promise<void> {
    await this.synced().catch(() => {})
    const file = await this.#file?.catch(() => undefined)
    await file?.close()
  }

  /** How many commits are in the log for certain. */
  get #inLog(): number {
    return this.#committing === undefined ? this.#written : this.#committing.number - 1
  }

  async #sync(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#file ??= this.#options.open()
      const file = await this.#file
      const written = this.#inLog
      await file.datasync()
      this.#synced = written
    } catch (cause) {
      // What the kernel could not write it forgets, and the next sync succeeds: what came later would not be found
      // again behind the gap.
      this.#failure = unavailable(LOST, cause)
      throw this.#failure
    }
  }
}

/** The log beside a database. It has no locks, so that closing it gives none up (POSIX). */
export const openLog = (database: string) => (): Promise<LogFile> => open(`${database}-wal`, 'r+')

/**
 * `rows` whose journal tells only of removals that are on the disk, whoever wrote them: what is removed then has no row
 * after a power cut either.
 */
export function withSyncedJournal(rows: Rows, log: WriteAheadLog): Rows {
  const { journal } = rows
  return {
    ...rows,
    journal: {
      ...journal,
      async due(now, limit) {
        const due = await journal.due(now, limit)
        if (due.length > 0) await log.syncAll()
        return due
      },
    },
  }
}
