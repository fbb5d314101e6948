import { randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { isProblem } from '../../domain/problem.ts'
import type { Disk } from '../../ports/disk.ts'
import { diskFull } from '../../runtime/disk/fs-errors.ts'
import type { Schema } from '../metadata-sql/schema.ts'

/** The names of the tables. They are given up one at a time: other programs may take what is free at once. */
export const RESERVE_TABLES = ['disk_reserve_1', 'disk_reserve_2', 'disk_reserve_3', 'disk_reserve_4'] as const
/** Rows of a little less than a page of PostgreSQL's, 8 KiB: 2 MiB in each table, enough for hundreds of deletions. */
const ROWS = 256
const ROW_BYTES = 8_000
/** A table that is gone again before anybody else sees it. */
const SPARE_TABLE = 'disk_reserve_spare'
/** How many pages must be free besides, before the tables are filled: pushes are to have some, too. */
const SPARE_ROWS = 4 * ROWS
const LOOK_AGAIN_MS = 60_000

/** Runs work in a transaction of its own. */
type InTransaction = <T>(work: (transaction: Kysely<Schema>) => Promise<T>) => Promise<T>

/**
 * Keeps room on the database's disk, which is not seen from here, so that deletions go on where other programs have
 * filled it. The room is tables without a use, which are dropped when a transaction finds none, and made anew when
 * there is some (docs/decisions/0037). They are unlogged: they cost the log nothing, and a crash gives them up.
 */
export class ReserveTables {
  readonly #inTransaction: InTransaction
  #givenUp = 0
  #giving: Promise<boolean> | undefined
  /** Whether rows were refused, and no room was found since. */
  #isFull = false
  #keptUntil = 0

  constructor(inTransaction: InTransaction) {
    this.#inTransaction = inTransaction
  }

  /** Refuses what adds rows from the first refusal on, so that what is given up is left to deletions. */
  readonly disk: Disk = {
    take: async () => this.#requireRoom(),
    require: async () => this.#requireRoom(),
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** Does `work`, and does it again each time that it finds no room and some could be given up. */
  async withRoom<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const before = this.#givenUp
      try {
        return await work()
      } catch (error) {
        if (!isProblem(error, 'storageFull')) throw error
        this.#isFull = true
        this.#keptUntil = 0
        if (!(await this.#giveUp(before))) throw error
      }
    }
  }

  /** Fills what is empty, where there is more than that. Call it now and again. @throws RegistryError `storageFull` */
  async keep(): Promise<void> {
    if (performance.now() < this.#keptUntil) return
    try {
      const empty = await this.#inTransaction(emptyTables)
      if (empty.length > 0 || this.#isFull) await this.#inTransaction(transaction => fill(transaction, empty))
      this.#isFull = false
      this.#keptUntil = performance.now() + LOOK_AGAIN_MS
    } catch (error) {
      this.#isFull = isProblem(error, 'storageFull')
      if (this.#isFull) throw error
      // The role may make no tables, for example: it is tried again, and whoever writes rows says what is wrong.
      this.#keptUntil = performance.now() + LOOK_AGAIN_MS
    }
  }

  #requireRoom(): void {
    if (this.#isFull) throw diskFull('the database')
  }

  /** Gives one table up. True where there is more room than before. */
  #giveUp(before: number): Promise<boolean> | true {
    if (this.#givenUp > before) return true
    this.#giving ??= this.#giveOne().finally(() => {
      this.#giving = undefined
    })
    return this.#giving
  }

  async #giveOne(): Promise<boolean> {
    try {
      return await this.#inTransaction(async transaction => {
        const empty = await emptyTables(transaction)
        const name = RESERVE_TABLES.find(each => !empty.includes(each))
        if (name === undefined) return false
        // To empty it would take a page for the index of its large values.
        await sql`drop table if exists ${sql.table(name)}`.execute(transaction)
        return true
      }).then(isGivenUp => {
        if (isGivenUp) this.#givenUp += 1
        return isGivenUp
      })
    } catch {
      return false
    }
  }
}

type ReserveTable = (typeof RESERVE_TABLES)[number]

/** The names of the tables that are empty or missing. */
async function emptyTables(transaction: Kysely<Schema>): Promise<readonly ReserveTable[]> {
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class
    where oid = any(array[${sql.join(RESERVE_TABLES.map(name => sql`to_regclass(${name})`))}]::oid[])
      and pg_relation_size(oid) >= ${(ROWS - 1) * ROW_BYTES}`.execute(transaction)
  return RESERVE_TABLES.filter(each => rows.every(({ name }) => name !== each))
}

async function fill(transaction: Kysely<Schema>, empty: readonly ReserveTable[]): Promise<void> {
  await makeTable(transaction, SPARE_TABLE, SPARE_ROWS)
  for (const name of empty) await makeTable(transaction, name, ROWS)
  await sql`drop table ${sql.table(SPARE_TABLE)}`.execute(transaction)
}

async function makeTable(transaction: Kysely<Schema>, name: string, rows: number): Promise<void> {
  const table = sql.table(name)
  await sql`drop table if exists ${table}`.execute(transaction)
  await sql`create unlogged table ${table} (bytes bytea)`.execute(transaction)
  // The bytes are stored as they are and in their page: what PostgreSQL compresses takes no room, nor does a file
  // system keep any for zeros.
  await sql`alter table ${table} alter column bytes set storage plain`.execute(transaction)
  const bytes = randomBytes(ROW_BYTES)
  await sql`insert into ${table} select ${bytes}::bytea from generate_series(1, ${rows}::int)`.execute(transaction)
}
