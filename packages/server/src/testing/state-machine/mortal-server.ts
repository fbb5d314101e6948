import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Scheduler } from 'fast-check'
import { ProblemError } from '../../domain/problem.ts'
import { Collector } from '../../housekeeping/collector.ts'
import type { BlobStore, BlobWriter } from '../../ports/blob-store.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { Removals } from '../../registry/blobs/removals.ts'
import { Uploads } from '../../registry/blobs/uploads.ts'
import type { RegistryContext } from '../../registry/context.ts'
import { Pulls } from '../../registry/images/pull.ts'
import { PullNotes } from '../../registry/images/pull-notes.ts'
import { UNANSWERED } from './model.ts'

class Died extends Error {}

/**
 * One life of a server over stores that outlive it. Between any two of its steps at the stores others may go first, as
 * the scheduler says, and the server may die.
 */
export class MortalServer {
  readonly context: RegistryContext
  readonly uploads: Uploads
  readonly collector: Collector
  readonly removals: Removals
  readonly pulls: Pulls
  /** While set, no bytes can be removed. */
  isJammed = false
  readonly #scheduler: Scheduler
  /** Steps until it dies. */
  #stepsLeft = Number.POSITIVE_INFINITY
  /** Store operations under way. */
  #atWork = 0

  constructor(stores: RegistryContext, scheduler: Scheduler) {
    this.#scheduler = scheduler
    this.context = { ...stores, metadata: this.#metadata(stores.metadata), blobs: this.#blobs(stores.blobs) }
    // Bytes that cannot be removed stay journalled: the end of the test sees whether they went.
    this.removals = new Removals(this.context, () => undefined)
    this.uploads = new Uploads(this.context, this.removals)
    this.collector = new Collector(this.context, this.removals)
    this.pulls = new Pulls(this.context, new PullNotes(this.context, () => undefined))
  }

  get isDead(): boolean {
    return this.#stepsLeft <= 0
  }

  /** Lets the server die so many steps from now, unless it has fewer to do. */
  dieAt(step: number): void {
    this.#stepsLeft = step
  }

  outlive(): void {
    if (!this.isDead) this.#stepsLeft = Number.POSITIVE_INFINITY
  }

  /** Lets work end, step by step. Who goes next is chosen while all others wait, so that a seed decides everything. */
  async see<T>(work: Promise<T>): Promise<T> {
    let isOver = false
    const end = () => {
      isOver = true
    }
    work.then(end, end)
    for (await this.#rest(); !isOver; await this.#rest())
      if (this.#scheduler.count() > 0) await this.#scheduler.waitOne()
    return work
  }

  async #rest(): Promise<void> {
    // What goes on by itself, without a store, takes a turn or two.
    for (let turns = 0; turns < 3; turns++)
      do await nextTurn()
      while (this.#atWork > 0)
  }

  /** What a client hears of some work: its result, the kind of its problem, or nothing. */
  async answer<T>(work: () => Promise<T>): Promise<T | string> {
    try {
      const result = await work()
      return this.isDead ? UNANSWERED : result
    } catch (error) {
      if (error instanceof Died) return UNANSWERED
      if (error instanceof ProblemError) return this.isDead ? UNANSWERED : error.problem.kind
      throw error
    }
  }

  async #step(label: string): Promise<void> {
    this.#stepsLeft -= 1
    if (!this.isDead) await this.#scheduler.schedule(Promise.resolve(), label)
    if (this.isDead) throw new Died(label)
  }

  async #work<T>(work: () => Promise<T>): Promise<T> {
    this.#atWork += 1
    try {
      return await work()
    } finally {
      this.#atWork -= 1
    }
  }

  #metadata(stored: MetadataStore): MetadataStore {
    return {
      rows: stored.rows,
      isShared: stored.isShared,
      transaction: async work => {
        await this.#step('begin')
        const result = await this.#work(() => stored.transaction(work))
        await this.#step('committed')
        return result
      },
      transactionOfMove: work => stored.transactionOfMove(work),
      snapshot: work => stored.snapshot(work),
      close: async () => undefined,
    }
  }

  #blobs(stored: BlobStore): BlobStore {
    return {
      keys: () => stored.keys(),
      create: async key => {
        await this.#step('create')
        return this.#writer(await this.#work(() => stored.create(key)))
      },
      resume: async key => {
        await this.#step('resume')
        const writer = await this.#work(() => stored.resume(key))
        return writer && this.#writer(writer)
      },
      sizeBytes: async key => {
        await this.#step('size')
        return this.#work(() => stored.sizeBytes(key))
      },
      read: async (key, range) => {
        await this.#step('read')
        const bytes = await this.#work(() => stored.read(key, range))
        return bytes && this.#reading(bytes)
      },
      remove: async key => {
        await this.#step('remove')
        if (this.isJammed) throw new Error('not now')
        await this.#work(() => stored.remove(key))
        await this.#step('removed')
      },
    }
  }

  async *#reading(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    this.#atWork += 1
    try {
      yield* stored
    } finally {
      this.#atWork -= 1
    }
  }

  #writer(stored: BlobWriter): BlobWriter {
    return {
      get sizeBytes() {
        return stored.sizeBytes
      },
      write: async chunk => {
        await this.#step('write')
        await this.#work(() => stored.write(chunk))
      },
      flush: async () => {
        await this.#step('flush')
        await this.#work(() => stored.flush())
      },
      commit: async () => {
        await this.#step('commit')
        await this.#work(() => stored.commit())
        await this.#step('durable')
      },
      // The operating system closes what a dead process had open.
      close: () => this.#work(() => stored.close()),
    }
  }
}
