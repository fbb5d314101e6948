import { randomUUID } from 'node:crypto'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { MetadataStore, Rows } from '../../ports/metadata-store.ts'
import type { MoveRow } from '../../ports/rows/move/moves.ts'

/** The rows and bytes of a registry in one place. */
export interface Storage {
  readonly metadata: MetadataStore
  readonly blobs: BlobStore
  /** Where the storage is, in words for an operator, without passwords. */
  readonly place: string
}

/** A move cannot go on, and nothing was changed. The message says what to do. */
export class MoveRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MoveRefused'
  }
}

/** Another process goes on with the work in hand. */
export class TakenOver extends MoveRefused {
  constructor() {
    super('Another process has taken over this work.')
  }
}

/** Storage that a registry is copied to, in the hands of one process. Nobody serves from it before it is `done`. */
export class MoveTarget {
  readonly target: Storage
  readonly #clock: Clock
  readonly #worker = randomUUID()

  constructor(target: Storage, clock: Clock) {
    this.target = target
    this.#clock = clock
  }

  /**
   * Begins, or takes over from the process that had the target. `other` is what the target remembers where it belongs
   * to another move; it throws where that one may not be replaced.
   */
  protected take(row: Pick<MoveRow, 'moveId' | 'otherEnd'>, other: (found: MoveRow) => void): Promise<void> {
    return this.target.metadata.transactionOfMove(async ({ moves }) => {
      const found = await moves.find('target')
      if (found !== undefined && found.moveId !== row.moveId) other(found)
      const fresh = {
        role: 'target',
        state: 'copying',
        stopId: undefined,
        changedAt: this.#clock.now(),
        ...row,
      } as const
      await moves.put({ ...(found?.moveId === row.moveId ? found : fresh), worker: this.#worker })
    })
  }

  /**
   * Runs a transaction at the target. `row` is what the target remembers of the move.
   * @throws TakenOver
   */
  onTarget<T>(work: (rows: Rows, row: MoveRow) => Promise<T>): Promise<T> {
    return this.target.metadata.transactionOfMove(async rows => {
      const row = await rows.moves.find('target')
      if (row?.worker !== this.#worker) throw new TakenOver()
      return work(rows, row)
    })
  }

  changeTarget(change: Partial<Pick<MoveRow, 'state' | 'stopId'>>): Promise<void> {
    return this.onTarget(({ moves }, row) => moves.put({ ...row, ...change, changedAt: this.#clock.now() }))
  }
}

/** `isThere` tells which tables there are, where not all steps were taken. @throws MoveRefused for rows or bytes */
export async function requireEmpty(
  { metadata, blobs, place }: Storage,
  isThere: (table: string) => boolean = () => true,
): Promise<void> {
  const { tables } = metadata.rows
  for (const table of tables.tables.filter(({ name }) => isThere(name)))
    if ((await tables.last(table)) !== undefined)
      throw new MoveRefused(`${place} is not empty: there are rows in its table ${table.name}.`)
  for await (const _ of blobs.keys()) throw new MoveRefused(`${place} is not empty: there are blobs in it.`)
}
