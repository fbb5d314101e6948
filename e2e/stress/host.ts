import { setTimeout as delay } from 'node:timers/promises'
import type { Registry } from '../support/registry.ts'
import { Broken, type Journal } from './journal.ts'

const LOST = /ECONNRESET|ECONNREFUSED|EPIPE|socket hang up|other side closed|terminated|aborted/

/** The server that is killed again and again. It always has the same folder and port. */
export class Host {
  readonly registry: Registry
  readonly #journal: Journal
  #kills = 0
  #isUp = true
  #up: Promise<void> = Promise.resolve()

  constructor(registry: Registry, journal: Journal) {
    this.registry = registry
    this.#journal = journal
  }

  /** Kills the server with -9. It is up again, after a pause, when the promise resolves. */
  async kill(pauseMs: number): Promise<void> {
    this.#kills += 1
    this.#isUp = false
    const { promise, resolve, reject } = defer()
    this.#up = promise
    promise.catch(() => {}) // nobody may be waiting
    this.#journal.note('killer', `kill ${this.#kills}`)
    try {
      await this.registry.kill()
      this.countPasses()
      await delay(pauseMs)
      await this.registry.restart()
    } catch (error) {
      reject(error)
      throw error
    }
    this.#journal.count('kills')
    this.#journal.note('killer', 'the server is up')
    this.#isUp = true
    resolve()
  }

  /** Adds what the process that has just ended logged of its collector. */
  countPasses(): void {
    for (const [, pass = '{}'] of this.registry.output().matchAll(/"pass":(\{[^}]*\})/g)) {
      const { blobsCollected, bytesCollected } = JSON.parse(pass)
      this.#journal.count('blobs collected while serving', blobsCollected)
      this.#journal.count('bytes collected while serving', bytesCollected)
    }
  }

  /** What `work` returns, or `undefined` when a kill took its connection. Then the server is up again. */
  async attempt<T>(work: () => Promise<T>): Promise<{ readonly answer: T } | undefined> {
    await this.#up
    const kills = this.#kills
    try {
      return { answer: await work() }
    } catch (error) {
      const { cause } = error as Error
      if (error instanceof Broken || !LOST.test(`${error} ${cause}`)) throw error
      if (this.#isUp && kills === this.#kills) throw new Broken('a connection ended without a kill', { cause: error })
      this.#journal.count('requests without an answer')
      await this.#up
      return undefined
    }
  }

  /** Does `work` again until no kill comes between. It must be work that may be done twice. */
  async persist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const outcome = await this.attempt(work)
      if (outcome !== undefined) return outcome.answer
    }
  }
}

function defer(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let [resolve, reject]: [() => void, (error: unknown) => void] = [() => {}, () => {}]
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
