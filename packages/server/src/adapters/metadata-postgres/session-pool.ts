import { setTimeout as delay } from 'node:timers/promises'
import { unavailable } from './postgres-errors.ts'
import { connectionError, endClient, isFull, mayPass, type PostgresWriter, type Session } from './postgres-writer.ts'

export interface SessionPoolOptions {
  readonly writer: PostgresWriter
  /** Most sessions of the pool. */
  readonly size: number
  /** Milliseconds that a request waits for a session, new or free. */
  readonly waitMs: number
  /** Statements that make a connection a session of this pool. */
  readonly settings: string
  /** Called where neither the database nor this pool has a connection: another pool may spare one. */
  readonly onStarved?: (() => void) | undefined
}

interface Waiter {
  readonly take: (session: Session) => void
  readonly fail: (error: unknown) => void
}

/** Milliseconds of idleness after which a session is asked whether its node is still the writer. */
const CHECK_AFTER_MS = 1_000
const RETRY_MS = 200
const CLOSING_MS = 5_000

/**
 * Sessions of the writer, lent to one request at a time in the order of asking. A refused connection fails nobody:
 * whoever waits gets the next session, a new one or one that is given back, whichever comes first.
 */
export class SessionPool {
  readonly #options: SessionPoolOptions
  /** The idle sessions. The one used latest is last, and the first to be used again. */
  readonly #idle: Session[] = []
  readonly #waiting = new Set<Waiter>()
  readonly #closing: NodeJS.Timeout
  /** How many sessions are idle, lent or in the making. */
  #open = 0
  #making = 0
  /** The error of the last try to connect; undefined after one that succeeded. */
  #failure: unknown
  #ended: (() => void) | undefined
  /** Whether the next session that is given back is let go. */
  #isToSpare = false
  /** The time of `performance.now()` before which no session is made: another pool is to have the connection. */
  #growsFrom = 0

  constructor(options: SessionPoolOptions) {
    this.#options = options
    options.writer.onMoved(() => this.#closeOutdated())
    this.#closing = setInterval(() => this.#closeOutdated(), CLOSING_MS).unref()
  }

  /** The reason why no session can be made now; undefined where nothing is known to be wrong. */
  get trouble(): unknown {
    return this.#failure === undefined ? undefined : connectionError(this.#failure)
  }

  /** Lends a session. @throws RegistryError `unavailable` */
  async acquire(): Promise<Session> {
    const { writer, waitMs } = this.#options
    const deadline = performance.now() + waitMs
    let failure: unknown
    for (;;) {
      const session = this.#takeIdle() ?? (await this.#wait(deadline - performance.now(), failure))
      if (!writer.isDoubtful(session, CHECK_AFTER_MS)) return session
      try {
        await writer.check(session)
        return session
      } catch (error) {
        failure = connectionError(error)
        session.isBroken = true
        this.release(session)
      }
    }
  }

  release(session: Session): void {
    if (session.isBroken) this.#options.writer.suspect()
    if (this.#isToSpare) {
      this.#isToSpare = false
      this.#growsFrom = performance.now() + 2 * RETRY_MS
      this.#close(session)
    } else if (this.#ended === undefined && this.#options.writer.isCurrent(session)) this.#give(session)
    else this.#close(session)
  }

  /**
   * Closes one of several sessions, an idle one or the next that is given back, so that another pool gets its
   * connection.
   */
  spareOne(): void {
    if (this.#open - this.#making < 2 || this.#isToSpare) return
    this.#growsFrom = performance.now() + 2 * RETRY_MS
    const idle = this.#idle.shift()
    if (idle === undefined) this.#isToSpare = true
    else this.#close(idle)
  }

  /** Ends the pool once the last session is given back. */
  async end(): Promise<void> {
    const over = new Promise<void>(resolve => {
      this.#ended = resolve
    })
    clearInterval(this.#closing)
    for (const waiter of this.#waiting) waiter.fail(unavailable('The database is closed.'))
    for (const session of this.#idle.splice(0)) this.#close(session)
    if (this.#open > 0) await over
  }

  #takeIdle(): Session | undefined {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (this.#options.writer.isCurrent(session)) return session
      this.#close(session)
    }
    return undefined
  }

  #wait(patienceMs: number, failure: unknown): Promise<Session> {
    return new Promise((resolve, reject) => {
      const over = () => {
        clearTimeout(timer)
        this.#waiting.delete(waiter)
      }
      const waiter = {
        take: (session: Session) => {
          over()
          resolve(session)
        },
        fail: (error: unknown) => {
          over()
          reject(error)
        },
      }
      const tooLate = () =>
        waiter.fail(this.trouble ?? failure ?? unavailable('All connections to the database are in use.'))
      const timer = setTimeout(tooLate, Math.max(0, patienceMs))
      this.#waiting.add(waiter)
      if (this.#ended === undefined) this.#grow()
      else waiter.fail(unavailable('The database is closed.'))
    })
  }

  #grow(): void {
    if (performance.now() < this.#growsFrom) return
    // One at a time asks again where the last was refused.
    const most = this.#failure === undefined ? this.#waiting.size : Math.min(1, this.#waiting.size)
    while (this.#making < most && this.#open < this.#options.size) {
      this.#making += 1
      this.#open += 1
      void this.#make()
    }
  }

  async #make(): Promise<void> {
    const { writer, settings, onStarved } = this.#options
    let made: Session | undefined
    try {
      made = await writer.connect(settings)
      this.#failure = undefined
    } catch (error) {
      this.#failure = error
      if (isFull(error) && this.#open === this.#making) onStarved?.()
      if (!mayPass(error)) for (const waiter of this.#waiting) waiter.fail(this.trouble)
      else if (this.#ended === undefined) await delay(RETRY_MS)
    }
    this.#making -= 1
    if (made !== undefined) this.release(made)
    else this.#closed()
  }

  #give(session: Session): void {
    const [next] = this.#waiting
    if (next === undefined) this.#idle.push(session)
    else next.take(session)
    // After an end of the trouble more requests may wait than are being served.
    this.#grow()
  }

  #closeOutdated(): void {
    const { writer } = this.#options
    const old = this.#idle.filter(session => !writer.isCurrent(session))
    const kept = this.#idle.filter(session => writer.isCurrent(session))
    this.#idle.splice(0, this.#idle.length, ...kept)
    for (const session of old) this.#close(session)
  }

  #close(session: Session): void {
    session.isBroken = true
    session.isClosed = true
    endClient(session.client)
    this.#closed()
  }

  #closed(): void {
    this.#open -= 1
    if (this.#ended === undefined) this.#grow()
    else if (this.#open === 0) this.#ended()
  }
}
