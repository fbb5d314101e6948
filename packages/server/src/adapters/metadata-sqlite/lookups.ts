import type { Rows } from '../../ports/metadata-store.ts'
import type { SqliteDatabase } from './load-sqlite.ts'

/** The most answers that are kept. Beyond them all are forgotten, as after a commit. */
const ANSWERS = 10_000

/**
 * Answers of look-ups by key, which are given again for as long as nobody has committed anything. Commits of this
 * process call `forget`. Commits of others show in a counter of SQLite's (`PRAGMA data_version`), which is read once a
 * turn of the event loop: a request that was sent after another process answered is not in the turn that began before.
 */
export class Lookups {
  readonly #version: () => unknown
  readonly #answers = new Map<string, Promise<unknown>>()
  #answersOf: unknown
  #looked = false

  /** `database` must be a connection that does not write: its own commits would not show in the counter. */
  constructor(database: SqliteDatabase) {
    const statement = database.prepare('pragma data_version')
    this.#version = () => (statement.all()[0] as { data_version: number } | undefined)?.data_version
  }

  /** Drops all answers. Called when this process has committed. */
  forget(): void {
    this.#answers.clear()
  }

  /** The answer of `look`, from now or from an earlier call. It is shared, so nobody may change it. */
  keep<T>(key: string, look: () => Promise<T>): Promise<T> {
    this.#checkVersion()
    const kept = this.#answers.get(key)
    if (kept !== undefined) return kept as Promise<T>
    const answer = look()
    if (this.#answers.size >= ANSWERS) this.forget()
    this.#answers.set(key, answer)
    answer.catch(() => this.#answers.delete(key))
    return answer
  }

  #checkVersion(): void {
    if (this.#looked) return
    this.#looked = true
    setImmediate(() => {
      this.#looked = false
    })
    const version = this.#version()
    if (version !== this.#answersOf) this.forget()
    this.#answersOf = version
  }
}

/** `rows`, where the look-ups of every pull are answered from memory if possible. All others are as they were. */
export function withLookups(rows: Rows, lookups: Lookups): Rows {
  const { accessKeys, signingKeys, images, blobs } = rows
  return {
    ...rows,
    accessKeys: { ...accessKeys, principal: id => lookups.keep(`principal ${id}`, () => accessKeys.principal(id)) },
    signingKeys: { ...signingKeys, list: () => lookups.keep('signing keys', () => signingKeys.list()) },
    images: {
      ...images,
      resolve(alias, name, reference) {
        const key =
          'tag' in reference ? `image ${alias}/${name}:${reference.tag}` : `image ${alias}/${name}@${reference.digest}`
        return lookups.keep(key, () => images.resolve(alias, name, reference))
      },
    },
    blobs: {
      ...blobs,
      resolve: (alias, name, digest) =>
        lookups.keep(`blob ${alias}/${name}@${digest}`, () => blobs.resolve(alias, name, digest)),
    },
  }
}
