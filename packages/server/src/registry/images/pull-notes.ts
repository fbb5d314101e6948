import { type Digest, isDigest } from '../../domain/digest.ts'
import { isAttachedTag } from '../../domain/manifest/referrer-kind.ts'
import type { Tag } from '../../domain/names.ts'
import { dayOf } from '../../ports/clock.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { PullCount } from '../../ports/rows/images/pull-counts.ts'
import type { RegistryContext } from '../context.ts'

/**
 * The most images, and tags or digests that were pulled, that are noted before they are written without waiting for the
 * next `flush`.
 */
const MOST_NOTED = 10_000
/** Up to how many notes there may be for times that could not be written to be kept among them. */
const MOST_KEPT = MOST_NOTED / 2
/** How many notes are written in one transaction: pushes wait for it. */
const BATCH = 500

/** The notes since the last time that notes were written. */
class Notes {
  readonly times = new Map<RepositoryId, Map<Digest, number>>()
  /** The counts by the tag that a pull was for, or else by its digest. */
  readonly counts = new Map<RepositoryId, Map<Tag | Digest, number>>()
  /** The day of all counts. */
  day: number
  size = 0

  constructor(day: number) {
    this.day = day
  }

  hasTime(repositoryId: RepositoryId, digest: Digest): boolean {
    return this.times.get(repositoryId)?.has(digest) === true
  }

  /** Notes a time in place of an earlier one, or where there is room for one more. */
  setTime(repositoryId: RepositoryId, digest: Digest, at: number): void {
    if (this.hasTime(repositoryId, digest) || this.takeRoom()) mapIn(this.times, repositoryId).set(digest, at)
  }

  /** Takes room for one more note; false where there is none. */
  takeRoom(): boolean {
    if (this.size >= MOST_NOTED) return false
    this.size += 1
    return true
  }
}

function mapIn<Key>(maps: Map<RepositoryId, Map<Key, number>>, repositoryId: RepositoryId): Map<Key, number> {
  let map = maps.get(repositoryId)
  if (map === undefined) {
    map = new Map()
    maps.set(repositoryId, map)
  }
  return map
}

/**
 * Notes when images are pulled, and how often. Notes are kept in memory, because a pull must cost no write, and
 * written in batches. A crash loses the notes since the last `flush`: a time can be too early by that much, and never
 * too late, and a count too low. Times that cannot be written are kept for the next `flush`, since keep rules delete by
 * them; counts are given up, since a write whose end is unknown would count twice.
 */
export class PullNotes {
  readonly #context: RegistryContext
  readonly #onError: (error: unknown) => void
  readonly #totals = { counted: 0, lost: 0 }
  #notes: Notes
  #writing: Promise<void> | undefined

  constructor(context: RegistryContext, onError: (error: unknown) => void) {
    this.#context = context
    this.#onError = onError
    this.#notes = new Notes(this.#today())
  }

  /** How many pulls were written since the start, and how many were given up. */
  get totals(): { readonly counted: number; readonly lost: number } {
    return this.#totals
  }

  /** Notes that an image is in use. */
  noteTime(repositoryId: RepositoryId, digest: Digest): void {
    this.#notesWithRoom().setTime(repositoryId, digest, this.#context.clock.now())
  }

  /** Counts a pull. `by` is the tag that it was for, where that is known, and else the digest. */
  count(repositoryId: RepositoryId, by: Tag | Digest): void {
    this.#turnDay()
    const notes = this.#notesWithRoom()
    const before = notes.counts.get(repositoryId)?.get(by) ?? 0
    if (before === 0 && !notes.takeRoom()) {
      this.#totals.lost += 1
      return
    }
    mapIn(notes.counts, repositoryId).set(by, before + 1)
  }

  /** Writes the notes of now. It never rejects. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    if (this.#notes.size === 0) return
    const notes = this.#notes
    this.#notes = new Notes(this.#today())
    this.#writing = this.#write(notes)
    await this.#writing
    this.#writing = undefined
  }

  #today(): number {
    return dayOf(this.#context.clock.now())
  }

  /** Around midnight a pull may count for the day before, where the notes before are still being written. */
  #turnDay(): void {
    const today = this.#today()
    if (this.#notes.day === today) return
    if (this.#notes.size > 0 && this.#writing === undefined) void this.flush()
    if (this.#notes.size === 0) this.#notes.day = today
  }

  /** The notes to add to. While earlier notes are being written there is room for as many again, and no more. */
  #notesWithRoom(): Notes {
    if (this.#notes.size >= MOST_NOTED && this.#writing === undefined) void this.flush()
    return this.#notes
  }

  async #write(notes: Notes): Promise<void> {
    const { metadata } = this.#context
    let waiting = sumOf([...notes.counts.values()].flatMap(pulls => [...pulls.values()]))
    try {
      await this.#writeTimes(notes)
      const counts = await this.#countsOf(notes)
      waiting = wholeOf(counts)
      for (const some of batchesOf(counts)) {
        await metadata.transaction(rows => rows.pullCounts.add(some))
        this.#totals.counted += wholeOf(some)
        waiting -= wholeOf(some)
      }
    } catch (error) {
      this.#totals.lost += waiting
      this.#onError(error)
    }
  }

  async #writeTimes({ times }: Notes): Promise<void> {
    const pulls = Array.from(times, ([repositoryId, images]) =>
      Array.from(images, ([digest, at]) => ({ repositoryId, digest, at })),
    ).flat()
    try {
      for (const some of batchesOf(pulls))
        await this.#context.metadata.transaction(rows => rows.images.recordPulls(some))
    } catch (error) {
      const notes = this.#notes
      for (const { repositoryId, digest, at } of pulls) {
        if (notes.size >= MOST_KEPT) break
        // What was noted meanwhile is later.
        if (!notes.hasTime(repositoryId, digest)) notes.setTime(repositoryId, digest, at)
      }
      throw error
    }
  }

  /**
   * A pull of an index asks for an image that it lists as well, by digest, and who checks an image asks for its
   * signatures. Neither is a pull of its own.
   */
  async #countsOf({ counts, day }: Notes): Promise<PullCount[]> {
    const { belongings } = this.#context.metadata.rows
    const found: PullCount[] = []
    for (const [repositoryId, pulls] of counts) {
      const belonging = await belongings.belonging(repositoryId, [...pulls.keys()].filter(isDigest))
      let whole = 0
      for (const [by, count] of pulls) {
        if (isDigest(by)) whole += belonging.has(by) ? 0 : count
        else {
          whole += isAttachedTag(by) ? 0 : count
          found.push({ repositoryId, tag: by, day, pulls: count })
        }
      }
      if (whole > 0) found.push({ repositoryId, tag: undefined, day, pulls: whole })
    }
    return found
  }
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

/** The pulls of repositories: those by tag are in them. */
const wholeOf = (counts: readonly PullCount[]): number =>
  sumOf(counts.map(({ tag, pulls }) => (tag === undefined ? pulls : 0)))

function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH)
}
