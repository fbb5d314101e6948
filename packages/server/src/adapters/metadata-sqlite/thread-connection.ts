import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { type Outcome, type Statement, statementOf } from './sqlite-connection.ts'
import { translateSqliteError, unavailable } from './sqlite-errors.ts'

/** A call to the thread: one statement, or several without parameters and rows. `end` is the last call. */
export type Call = { readonly id: number } & (Statement | { readonly script: string })
export type Answer = { readonly id: number } & (Outcome | { readonly error: SentError })
/** An error on its way between threads, on which SQLite's code does not survive by itself. */
export interface SentError {
  readonly message: string
  readonly errcode: unknown
}

/** The part of a `Worker` that is used. */
export type Thread = Pick<Worker, 'postMessage' | 'on' | 'ref' | 'unref'>

interface Waiting {
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

export interface ThreadOptions {
  readonly start: () => Thread
  /** Milliseconds that the thread waits for more to do before it ends. */
  readonly idleMs: number
}

/**
 * A connection whose statements a thread carries out, so that what takes long holds up nothing here. The thread is
 * there only while it is used now and again. Statements run one at a time. SQLite undoes what the thread held open
 * when it died.
 */
export class ThreadConnection implements DatabaseConnection {
  readonly #options: ThreadOptions
  #running: { readonly thread: Thread; readonly ended: Promise<void> } | undefined
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0
  #idle: NodeJS.Timeout | undefined

  constructor(options: ThreadOptions) {
    this.#options = options
  }

  /**
   * Runs statements that have no parameters and return no rows. It throws SQLite's own errors. Only the beginning of a
   * transaction starts a thread: where a thread has died, the rest of its transaction must not run in another one.
   */
  async exec(script: string): Promise<void> {
    if (script.startsWith('begin')) this.#running ??= this.#start()
    await this.#call({ script })
  }

  /**
   * Resolves when there is a thread, and it has done all that it was asked. Whoever has the turn to write shall not
   * wait for that.
   * @throws RegistryError `unavailable`
   */
  ready(): Promise<void> | undefined {
    if (this.#running !== undefined && this.#waiting.size === 0) return undefined
    this.#running ??= this.#start()
    return this.#call({ script: 'select 1' }).then(() => {})
  }

  /** Resolves when the thread, if there is one, has done what it was asked so far, after those who waited for that. */
  async idle(): Promise<void> {
    if (this.#waiting.size === 0) return
    await this.ready()?.catch(() => {})
    await nextTurn()
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      const { rows, changes } = await this.#call(statementOf(query))
      return { rows: rows as Row[], ...(changes !== undefined && { numAffectedRows: changes }) }
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query)
  }

  /** Moves the log into the database as far as nobody reads it, or leaves it where a transaction is under way. */
  async checkpoint(): Promise<void> {
    this.#running ??= this.#start()
    await this.#call({ script: 'pragma wal_checkpoint(passive)' }).catch(() => {})
  }

  /** Has the thread close its database, and waits for its end. */
  async end(): Promise<void> {
    clearTimeout(this.#idle)
    const running = this.#running
    this.#running = undefined
    running?.thread.ref()
    running?.thread.postMessage('end')
    await running?.ended
  }

  #call(what: Statement | { readonly script: string }): Promise<Outcome> {
    clearTimeout(this.#idle)
    const thread = this.#running?.thread
    this.#calls += 1
    const id = this.#calls
    return new Promise<Outcome>((resolve, reject) => {
      if (thread === undefined) throw unavailable('The thread of large writes has ended.')
      this.#waiting.set(id, { resolve, reject })
      thread.ref()
      thread.postMessage({ id, ...what })
    })
  }

  #start() {
    const thread = this.#options.start()
    const ended = new Promise<void>(resolve => {
      thread.on('message', (answer: Answer) => this.#hear(thread, answer))
      let cause: unknown
      thread.on('error', error => {
        cause = error
      })
      thread.on('exit', () => {
        if (this.#running?.thread === thread) {
          this.#running = undefined
          this.#failAll(unavailable('The thread of large writes has ended.', cause))
        }
        resolve()
      })
    })
    return { thread, ended }
  }

  #hear(thread: Thread, answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#rest(thread)
    if ('error' in answer) {
      const { message, errcode } = answer.error
      waiting?.reject(Object.assign(new Error(message), { errcode }))
    } else waiting?.resolve(answer)
  }

  /** Lets the thread rest. It keeps no program alive, and ends when nothing comes. A thread that ends is waited for. */
  #rest(thread: Thread): void {
    if (this.#running?.thread !== thread) return
    thread.unref()
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.end(), this.#options.idleMs)
    this.#idle.unref()
  }

  #failAll(error: unknown): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}
