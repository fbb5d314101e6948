import type { Clock } from '../../ports/clock.ts'
import { blobSourceOf, type CopyOptions, clearJournal, copyBytes, removeLeftOver } from './copy-bytes.ts'
import type { BlobFault } from './copy-object.ts'
import { compareRows, copyRows, type RowsProgress } from './copy-rows.ts'
import { Move } from './move.ts'
import { type Storage, TakenOver } from './move-target.ts'

export interface MoveOptions {
  readonly clock: Clock
  /**
   * Whether to stop the source's writes too, copy what is left and leave the source. Otherwise only bytes are copied.
   */
  readonly finish: boolean
  /** Whether to read and hash the target's bytes again. */
  readonly rehash: boolean
  /** Called before writes stop. It is the last moment to change the source's rows. */
  readonly beforeStop: () => Promise<void>
  readonly onFault: (fault: BlobFault) => void
  readonly onStep: (step: string) => void
  readonly onBytes: CopyOptions['onProgress']
  readonly onRows: (done: RowsProgress) => void
}

export interface MoveReport {
  /** `moved` means that the target is to be served from now on. */
  readonly state: 'copying' | 'stopped' | 'moved'
  /** What this run copied. */
  readonly copied: { readonly blobs: number; readonly bytes: number }
  /** How many blobs could not be copied. A move with any does not finish. */
  readonly faults: number
  /** Rows in each table, the same at both ends. */
  readonly rows?: Readonly<Record<string, number>>
}

/**
 * Copies a registry from one storage to another while clients pull from it and, but for the last part, push to it. The
 * copy can be killed at any point and run again. An error in the last part lets the source take writes again.
 * @throws MoveRefused, and what the stores throw
 */
export async function moveStorage(source: Storage, target: Storage, options: MoveOptions): Promise<MoveReport> {
  const move = await Move.begin(source, target, options.clock)
  const run = new Run(move, options)
  if (await move.isDone()) return run.end()
  const { state } = await move.sourceRow()
  let recheck: CopyOptions['recheck'] = 'nothing'
  if (state !== 'moved') {
    // Where writes are stopped already, an earlier run has looked at all bytes, and pushes wait.
    if (state === 'copying' || !options.finish) await run.copyAll()
    else if (options.rehash) recheck = 'bytes'
    if (!options.finish || run.faults > 0) return run.report(state === 'stopped' ? state : 'copying')
    if (state === 'copying') await options.beforeStop()
  }
  const stopId = await move.stopWrites()
  try {
    return await run.finish(stopId, recheck)
  } catch (error) {
    if (!(error instanceof TakenOver)) await run.giveUp(stopId)
    throw error
  }
}

/** One run of the command. */
class Run {
  readonly #move: Move
  readonly #options: MoveOptions
  readonly #copied = { blobs: 0, bytes: 0 }
  faults = 0

  constructor(move: Move, options: MoveOptions) {
    this.#move = move
    this.#options = options
  }

  /**
   * Copies all bytes while the source takes writes. Checks of what is at the target already belong here, where nobody
   * waits.
   */
  async copyAll(): Promise<void> {
    this.#options.onStep('copying bytes')
    await this.#copy(this.#options.rehash ? 'bytes' : 'size')
  }

  report(state: MoveReport['state']): MoveReport {
    return { state, copied: this.#copied, faults: this.faults }
  }

  /** The last part: nobody writes to the source. */
  async finish(stopId: string, recheck: CopyOptions['recheck']): Promise<MoveReport> {
    const move = this.#move
    const { onStep, onRows } = this.#options
    onStep('writes are stopped; copying the last bytes')
    await this.#copy(recheck)
    if (this.faults > 0) {
      await move.reopen(stopId)
      return this.report('copying')
    }
    onStep('copying rows')
    await copyRows(move, stopId, onRows)
    onStep('comparing rows')
    const rows = await compareRows(move, onRows)
    await removeLeftOver(move)
    // The order matters: if both were done between two crashes, the other order could leave two ends that take writes.
    await move.leaveSource(stopId)
    await move.changeTarget({ state: 'done' })
    return { ...(await this.end()), rows }
  }

  /** Does what is left when the target is done. */
  async end(): Promise<MoveReport> {
    await clearJournal(this.#move)
    return this.report('moved')
  }

  /** Lets the source take writes again after an error. The caller tells of the error. */
  async giveUp(stopId: string): Promise<void> {
    const { onStep } = this.#options
    try {
      await this.#move.reopen(stopId)
      onStep('the last part failed')
    } catch (error) {
      onStep(`the last part failed, and so did letting the source take writes again: ${(error as Error).message}`)
    }
  }

  async #copy(recheck: CopyOptions['recheck']): Promise<void> {
    const { onBytes, onFault } = this.#options
    const { blobs, bytes } = await copyBytes(blobSourceOf(this.#move.source), this.#move, {
      recheck,
      onFault: fault => {
        this.faults += 1
        onFault(fault)
      },
      onProgress: onBytes,
    })
    this.#copied.blobs += blobs
    this.#copied.bytes += bytes
  }
}
