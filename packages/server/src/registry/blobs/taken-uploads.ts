import { setTimeout as delay } from 'node:timers/promises'
import { isProblem } from '../../domain/problem.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import type { RepositoryRef } from '../context.ts'
import { UploadAtWork } from './upload-at-work.ts'
import type { UploadTurn, UploadTurns } from './upload-turns.ts'

/**
 * How many milliseconds one request waits for another. That is longer than a request takes to have stalled, and its
 * server to look at the row.
 */
const PATIENCE_MS = 4_000
const LOOK_MS = 200
/** How many milliseconds a cancel waits for the request that it stops. */
const STOP_MS = 1_000

export interface TakenUpload {
  readonly turn: UploadTurn
  readonly work: UploadAtWork
}

/** The requests of this server that are at work on uploads, and what other requests may ask of them. */
export class TakenUploads {
  readonly #turns: UploadTurns
  readonly #atWork = new Map<UploadId, UploadAtWork>()

  constructor(turns: UploadTurns) {
    this.#turns = turns
  }

  /**
   * Takes a turn with an upload. A stalled request gives its turn up to a request whose first byte is the next one: it
   * stores the bytes that came, and ends before the other begins.
   * @throws RegistryError `uploadUnknown`, `uploadBusy`
   */
  async take(repository: RepositoryRef, id: UploadId, firstByte: number | undefined): Promise<TakenUpload> {
    const giveUpAt = performance.now() + PATIENCE_MS
    for (let isAsked = false; ; ) {
      try {
        const turn = await this.#turns.take(repository, id)
        const work = new UploadAtWork()
        this.#atWork.set(id, work)
        turn.serve(work)
        return { turn, work }
      } catch (error) {
        if (!isProblem(error, 'uploadBusy') || firstByte === undefined || performance.now() >= giveUpAt) throw error
        const work = this.#atWork.get(id)
        if (work?.receivedBytes !== undefined && work.receivedBytes !== firstByte) throw error
        if (work?.isStalledAt(firstByte)) work.ask('yield')
        if (work === undefined && !isAsked) isAsked = await this.#turns.ask(id, { kind: 'takeOver', firstByte })
        await within(LOOK_MS, work?.over)
      }
    }
  }

  /** Ends a request's work on the upload. `ending` is what is still to be done about its turn. */
  async letGo(id: UploadId, work: UploadAtWork, ending: Promise<unknown>): Promise<void> {
    try {
      await ending
    } finally {
      if (this.#atWork.get(id) === work) this.#atWork.delete(id)
      work.end()
    }
  }

  /**
   * How many bytes a request of this server has received. Undefined where the store has all of them, because another
   * server was asked to store them.
   */
  async receivedBytes(id: UploadId): Promise<number | undefined> {
    const here = this.#atWork.get(id)?.receivedBytes
    if (here !== undefined || this.#turns.isTaken(id)) return here
    if (!(await this.#turns.ask(id, { kind: 'flush' }))) return undefined
    for (const giveUpAt = performance.now() + PATIENCE_MS; performance.now() < giveUpAt; ) {
      await delay(LOOK_MS)
      if (!(await this.#turns.isAsked(id))) break
    }
    return undefined
  }

  /** Has a request of this server end at once, and waits for a while until it has ended. */
  async stop(id: UploadId): Promise<void> {
    const work = this.#atWork.get(id)
    work?.ask('stop')
    if (work !== undefined) await within(STOP_MS, work.over)
  }
}

/** Waits until `over` settles, but no longer. */
const within = (ms: number, over: Promise<void> | undefined): Promise<void> =>
  Promise.race([delay(ms), over ?? delay(ms)])
