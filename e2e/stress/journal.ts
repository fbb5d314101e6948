const KEPT_LINES = 400
const SHOWN_LINES = 60

const FIGURES = [
  'kills',
  'manifests pushed',
  'blobs pushed',
  'blobs found by HEAD',
  'blobs mounted',
  'pushes given up before the manifest',
  'leases that ran out before the manifest',
  'retags',
  'tags taken',
  'images deleted',
  'images restored',
  'images purged',
  'images pulled whole',
  'pulls that met a change',
  'requests without an answer',
  'of these done all the same',
  'blobs collected while serving',
  'bytes collected while serving',
  'bytes pushed',
  'bytes pulled',
] as const

export type Figure = (typeof FIGURES)[number]

/** What was asked and what was answered, in order, and how often. The newest lines are kept for a failure. */
export class Journal {
  readonly #lines: string[] = []
  readonly #figures = new Map<Figure, number>()
  readonly #startedAt = performance.now()

  note(who: string, what: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(3)
    this.#lines.push(`${seconds} ${who}: ${what}`)
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines.splice(0, KEPT_LINES)
  }

  count(figure: Figure, by = 1): void {
    this.#figures.set(figure, this.get(figure) + by)
  }

  get(figure: Figure): number {
    return this.#figures.get(figure) ?? 0
  }

  lastLines(): string {
    return this.#lines.slice(-SHOWN_LINES).join('\n')
  }

  summary(): string {
    return FIGURES.map(figure => `${figure}: ${this.get(figure).toLocaleString('en')}`).join('\n')
  }
}

/** Something that was acknowledged does not hold. */
export class Broken extends Error {
  override readonly name = 'Broken'
}
