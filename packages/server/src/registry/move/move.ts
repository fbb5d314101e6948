import { randomUUID } from 'node:crypto'
import { isProblem } from '../../domain/problem.ts'
import type { Clock } from '../../ports/clock.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import type { MoveRow } from '../../ports/rows/move/moves.ts'
import { MoveRefused, MoveTarget, requireEmpty, type Storage, TakenOver } from './move-target.ts'

/** How often a moment without transactions is looked for: a long one may hold up the first few tries. */
const STOP_TRIES = 10

/**
 * One move of a registry from one storage to another, as both ends remember it. At every moment at most one end takes
 * writes: the source until it is stopped for the last time, the target once it is done.
 */
export class Move extends MoveTarget {
  readonly source: Storage
  readonly id: string
  readonly #clock: Clock

  private constructor(source: Storage, target: Storage, clock: Clock, id: string) {
    super(target, clock)
    this.source = source
    this.id = id
    this.#clock = clock
  }

  /**
   * Begins a move to an empty target, or takes over an unfinished move from the process that had it.
   * @throws MoveRefused
   */
  static async begin(source: Storage, target: Storage, clock: Clock): Promise<Move> {
    const [here, there] = [await source.metadata.rows.moves.find('source'), await targetOf(target)]
    if (there === undefined) {
      if (here !== undefined && here.state !== 'copying')
        throw new MoveRefused(
          here.state === 'moved'
            ? `This registry has moved to ${here.otherEnd}.`
            : `This registry is in the last part of its move to ${here.otherEnd}; end that one with --abort first.`,
        )
      await requireEmpty(target)
    } else if (there.moveId !== here?.moveId) {
      throw new MoveRefused(`${target.place} is the target of another move, from ${there.otherEnd}; name an empty one.`)
    }
    const move = new Move(source, target, clock, there?.moveId ?? randomUUID())
    if (there === undefined) await move.#putSource({ state: 'copying', stopId: undefined })
    await move.take({ moveId: move.id, otherEnd: source.place }, () => {
      throw new TakenOver()
    })
    return move
  }

  /** Whether the target is served from. Then its rows have changed since the copy. */
  async isDone(): Promise<boolean> {
    return (await targetOf(this.target))?.state === 'done'
  }

  /** The row of the move at the source. */
  async sourceRow(): Promise<MoveRow> {
    const row = await this.source.metadata.rows.moves.find('source')
    if (row?.moveId !== this.id) throw new MoveRefused('Another move of this registry has begun.')
    return row
  }

  /**
   * Stops all writes to the source, or finds them stopped. When the promise resolves, everything that was acknowledged
   * is in the source's rows. Returns the stop's id.
   * @throws RegistryError `unavailable` when there was no moment without transactions
   */
  async stopWrites(): Promise<string> {
    const { state, stopId = randomUUID() } = await this.sourceRow()
    if (state === 'copying') await this.#putSource({ state: 'stopped', stopId })
    return stopId
  }

  /** Ends the stop, if the source is still in it: the source takes writes again. */
  async reopen(stopId: string): Promise<void> {
    const { state, stopId: current } = await this.sourceRow()
    if (state === 'stopped' && current === stopId) await reopenSource(this.source.metadata, this.#clock)
  }

  /** Leaves the source for good. @throws MoveRefused when that stop has been ended */
  async leaveSource(stopId: string): Promise<void> {
    await this.source.metadata.transactionOfMove(async ({ moves }) => {
      const row = await moves.find('source')
      if (row?.stopId !== stopId || row.state === 'copying')
        throw new MoveRefused('The source takes writes again: somebody has ended this move.')
      await moves.put({ ...row, state: 'moved', changedAt: this.#clock.now() })
    })
  }

  #putSource(change: Pick<MoveRow, 'state' | 'stopId'>): Promise<void> {
    const row = { role: 'source', moveId: this.id, worker: undefined, otherEnd: this.target.place } as const
    return untilAlone(() =>
      this.source.metadata.transactionOfMove(({ moves }) =>
        moves.put({ ...row, ...change, changedAt: this.#clock.now() }),
      ),
    )
  }
}

/**
 * Lets the source of an unfinished move take writes again. What was copied stays for a later move.
 * @throws MoveRefused where there is no such move, or it is over
 */
export async function reopenSource(metadata: MetadataStore, clock: Clock): Promise<MoveRow> {
  return metadata.transactionOfMove(async ({ moves }) => {
    const row = await moves.find('source')
    if (row === undefined) throw new MoveRefused('This registry is not being moved.')
    if (row.state === 'moved') throw new MoveRefused(`This registry has moved to ${row.otherEnd}.`)
    const reopened: MoveRow = { ...row, state: 'copying', stopId: undefined, changedAt: clock.now() }
    await moves.put(reopened)
    return reopened
  })
}

const targetOf = ({ metadata }: Storage): Promise<MoveRow | undefined> => metadata.rows.moves.find('target')

async function untilAlone(stop: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await stop()
    } catch (error) {
      if (tries === STOP_TRIES || !isProblem(error, 'unavailable')) throw error
    }
  }
}
