import type { Socket } from 'node:net'
import type { Client, ClientConfig } from 'pg'
import { isProblem } from '../../domain/problem.ts'
import { HostError } from './opening-error.ts'
import type { PostgresHost } from './parse-postgres-url.ts'
import { READ_ONLY, STANDBY, stateOf, translatePostgresError, unavailable } from './postgres-errors.ts'

/** A connection to the database's writer. */
export interface Session {
  readonly client: Client
  /**
   * Whether a pooler is in between. It may give each transaction another connection, so nothing may be set or prepared
   * that outlives a transaction.
   */
  readonly isPooled: boolean
  /** Counts how often the writer was found to be another node; sessions of an older generation are not used. */
  readonly generation: number
  /** When the session will not be used any more, in milliseconds of `performance.now()`. */
  readonly endsAt: number
  checkedAt: number
  /** True once nobody may use the session again. */
  isBroken: boolean
  /** True once this program closed the session itself. */
  isClosed: boolean
}

export interface PostgresWriterOptions {
  readonly Client: new (config: ClientConfig) => Client
  readonly hosts: readonly PostgresHost[]
  readonly config: ClientConfig
  /** Milliseconds that a request waits for a session. They are enough for two tries of all hosts. */
  readonly timeoutMs: number
}

/** The greatest age of a session, so that all of them follow a name that leads elsewhere. */
const AGE_MS = 60_000
const GOODBYE_MS = 1_000

/**
 * The query that a session is asked before it is used. A node in recovery follows another one, and a node that is
 * read-only by default is taken out of use (libpq's `read-write`). The node's start tells one node from another; a
 * pooler makes a process id of its own up.
 */
export const CHECK = `select pg_is_in_recovery() as in_recovery, pg_backend_pid() as pid,
  (select reset_val = 'on' from pg_settings where name = 'default_transaction_read_only') as read_only,
  concat(inet_server_addr(), ':', inet_server_port(), ' since ', pg_postmaster_start_time()) as node`

interface Checked {
  readonly in_recovery: boolean
  readonly read_only: boolean
  readonly pid: number
  readonly node: string
}

/**
 * The database, on whichever of its hosts takes writes (docs/decisions/0014). Sessions on another host, or on a node
 * that the writer has moved away from, are not used: what they read may be old.
 */
export class PostgresWriter {
  readonly #options: PostgresWriterOptions
  readonly #listeners: (() => void)[] = []
  #generation = 0
  #node: string | undefined
  /** The host where the last session was found, which is tried first. */
  #latestHost = 0
  #suspectedAt = 0

  constructor(options: PostgresWriterOptions) {
    this.#options = options
  }

  /** Calls `listener` when sessions have become useless. */
  onMoved(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Has every session checked before it is used again, because something broke. */
  suspect(): void {
    this.#suspectedAt = performance.now()
  }

  /**
   * A session has ended by itself. Its node may have ended too, and its name may lead elsewhere by now, so all
   * sessions begin anew.
   */
  lost(session: Session): void {
    session.isBroken = true
    if (session.generation === this.#generation) this.#move()
  }

  isCurrent(session: Session): boolean {
    return !session.isBroken && session.generation === this.#generation && performance.now() < session.endsAt
  }

  /** Whether the session's last check is older than `ageMs`, or than a reason to doubt the session. */
  isDoubtful({ checkedAt, isPooled }: Session, ageMs: number): boolean {
    // A session behind a pooler is asked in each transaction.
    return !isPooled && (checkedAt <= this.#suspectedAt || performance.now() - checkedAt > ageMs)
  }

  /**
   * Tries the hosts in turn.
   * @throws AggregateError where none of them has the writer, with the reason of each
   */
  async connect(settings: string): Promise<Session> {
    const { hosts } = this.#options
    const failures: unknown[] = []
    for (let tries = 0; tries < hosts.length; tries++) {
      const index = (this.#latestHost + tries) % hosts.length
      try {
        const session = await this.#open(hosts[index] as PostgresHost, settings)
        this.#latestHost = index
        return session
      } catch (error) {
        failures.push(error)
      }
    }
    throw failures.length === 1 ? failures[0] : new AggregateError(failures)
  }

  /** Asks whether the session is still on the writer. @throws as queries do, or RegistryError `unavailable` */
  async check(session: Session): Promise<void> {
    const askedAt = performance.now()
    try {
      const { rows } = await session.client.query<Checked>(this.#inTime(CHECK))
      this.assertWriter(rows[0])
      session.checkedAt = askedAt
    } catch (error) {
      // A node that does not answer this session answers none.
      if (stateOf(error) === undefined && !session.isBroken) this.#move()
      throw error
    }
  }

  /** Checks the answer to `CHECK`. @throws RegistryError `unavailable` where it is not that of the writer */
  assertWriter(answer: unknown): void {
    const { in_recovery, read_only } = answer as Checked
    if (!in_recovery && !read_only) return
    this.#move()
    throw unavailable(in_recovery ? STANDBY : READ_ONLY)
  }

  async #open({ connectionString, name }: PostgresHost, settings: string): Promise<Session> {
    const { Client, config, hosts, timeoutMs } = this.#options
    const askedAt = performance.now()
    const client = new Client({ ...config, connectionString, connectionTimeoutMillis: timeoutMs / 2 / hosts.length })
    const knownGeneration = this.#generation
    // The query under way fails. Without a listener the event would end the process.
    let broken = () => {}
    client.on('error', () => broken())
    client.on('end', () => broken())
    try {
      await client.connect()
      const { rows } = await client.query<Checked>(this.#inTime(CHECK))
      const [answer] = rows
      if (answer === undefined) throw new Error('the database did not answer')
      this.assertWriter(answer)
      const isPooled = answer.pid !== (client as unknown as { processID: number | null }).processID
      if (!isPooled) {
        await client.query(this.#inTime(settings))
        this.#foundAt(answer.node, knownGeneration)
      }
      const endsAt = askedAt + AGE_MS * (0.75 + Math.random() / 4)
      const state = { checkedAt: askedAt, isBroken: false, isClosed: false }
      const session: Session = { client, isPooled, generation: this.#generation, endsAt, ...state }
      broken = () => {
        if (!session.isClosed) this.lost(session)
      }
      return session
    } catch (error) {
      endClient(client)
      throw hosts.length === 1 ? error : new HostError(name, error)
    }
  }

  /** A name that leads to another node has moved, and so have all sessions. */
  #foundAt(node: string, knownGeneration: number): void {
    if (this.#node === node) return
    // Another session was quicker, and may have been led there later.
    if (this.#generation !== knownGeneration) throw unavailable('The database has just moved.')
    if (this.#node !== undefined) this.#move()
    this.#node = node
  }

  #move(): void {
    this.#generation += 1
    for (const listener of this.#listeners) listener()
  }

  #inTime(text: string): { text: string; query_timeout: number } {
    return { text, query_timeout: this.#options.timeoutMs / 2 }
  }
}

/** Closes a connection, also where the server does not answer any more. */
export function endClient(client: Client): void {
  client.end().catch(() => {})
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  // The message that says goodbye is sent by now.
  setTimeout(() => stream.destroy(), GOODBYE_MS).unref()
}

/** Whether the database may be there at the next try. */
export const mayPass = (error: unknown): boolean =>
  causesOf(error).some(each => !/^(?:28|3D)/.test(stateOf(each) ?? ''))

/** Whether the database has no connection left (too_many_connections). */
export const isFull = (error: unknown): boolean => causesOf(error).some(each => stateOf(each) === '53300')

/** The error to tell a client: the one of a node that answered, rather than of one that did not. */
export function connectionError(error: unknown): unknown {
  const causes = causesOf(error)
  const told = translatePostgresError(causes.find(each => isProblem(each, 'unavailable')) ?? causes[0])
  return causes.length > 1 && isProblem(told, 'unavailable') ? unavailable(told.problem.what, error) : told
}

function causesOf(error: unknown): unknown[] {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  return errors.map(each => (each instanceof HostError ? each.cause : each))
}
