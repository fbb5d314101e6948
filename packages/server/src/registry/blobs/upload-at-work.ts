import type { BlobWriter } from '../../ports/blob-store.ts'

/**
 * After how many milliseconds without a byte a request counts as stalled. A request that goes on where it stopped may
 * take over then.
 */
const STALLED_MS = 1_000

/**
 * What others ask of a request that is at work on an upload: to store what came, to end after storing it, or to end at
 * once.
 */
export type Asked = 'flush' | 'yield' | 'stop'

const URGENCY: readonly Asked[] = ['flush', 'yield', 'stop']

/** A request at work on an upload, as others on this server see it. */
export class UploadAtWork {
  /** Settles when the request has let go of the upload. */
  readonly over: Promise<void>
  readonly #end: () => void
  #writer: BlobWriter | undefined
  #lastByteAt = performance.now()
  #asked: Asked | undefined
  #isStopped = false
  #wake = (): void => {}
  #flushed = (): void => {}

  constructor() {
    let end = (): void => {}
    this.over = new Promise(resolve => {
      end = resolve
    })
    this.#end = end
  }

  /** How many bytes have arrived, stored or not; undefined before that is known. */
  get receivedBytes(): number | undefined {
    return this.#writer?.sizeBytes
  }

  /** True once nothing more may be stored for the upload. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  isStalledAt(byte: number): boolean {
    return this.receivedBytes === byte && performance.now() - this.#lastByteAt >= STALLED_MS
  }

  /** Asks something of the request. `flushed` is called once the bytes that came until now are stored. */
  ask(asked: Asked, flushed?: () => void): void {
    if (flushed !== undefined) this.#flushed = flushed
    if (asked === 'stop') this.#isStopped = true
    if (this.#asked === undefined || URGENCY.indexOf(asked) > URGENCY.indexOf(this.#asked)) this.#asked = asked
    this.#wake()
  }

  open(writer: BlobWriter): void {
    this.#writer = writer
    this.#lastByteAt = performance.now()
  }

  received(): void {
    this.#lastByteAt = performance.now()
  }

  flushed(): void {
    this.#flushed()
  }

  /** What `next` brings, or undefined as soon as somebody asks for something. A body may bring nothing for minutes. */
  wait<T>(next: Promise<T>): Promise<T | undefined> {
    if (this.#asked !== undefined) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(undefined)
      next.then(resolve, reject)
    })
  }

  /** Takes what was asked for, which is then forgotten. */
  takeAsked(): Asked | undefined {
    const asked = this.#asked
    this.#asked = undefined
    return asked
  }

  end(): void {
    this.#end()
  }
}
