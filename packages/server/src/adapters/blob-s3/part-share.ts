import type { Holder, Memory, MemoryShare } from '../../ports/memory.ts'
import { gatherInMemory, type PartFiles, type PartGather } from './part-gather.ts'

export interface PartShareOptions {
  readonly partBytes: number
  /** How many parts of all uploads are on their way at a time. */
  readonly limit: number
  /** Counts the parts that gather in memory. Absent: they take as much as they need. */
  readonly memory?: Memory | undefined
  /** Where parts gather that find no room in memory. */
  readonly files?: PartFiles | undefined
}

/** The share of all writers of one store: memory to gather parts in, and how many parts are on their way at a time. */
export class PartShare {
  readonly partBytes: number
  readonly #options: PartShareOptions
  readonly #idle: Buffer[] = []
  readonly #waiting: (() => void)[] = []
  #sending = 0

  constructor(options: PartShareOptions) {
    this.partBytes = options.partBytes
    this.#options = options
  }

  /**
   * Takes memory for one part, counted for its holder, or a file where memory has no room.
   * @throws RegistryError `unavailable`
   */
  async gather(holder: Holder | undefined): Promise<PartGather> {
    const { memory, files } = this.#options
    const share = memory?.share(holder ?? {})
    if (share !== undefined && files !== undefined && !share.ask(this.partBytes)) return files.gather()
    return this.#inMemory(share)
  }

  /** The system gives memory only as it is filled, so a small upload takes little. */
  #inMemory(share: MemoryShare | undefined): PartGather {
    const buffer = this.#idle.pop() ?? Buffer.allocUnsafeSlow(this.partBytes)
    let isFree = false
    return gatherInMemory(buffer, isIdle => {
      if (isFree) return
      isFree = true
      share?.release()
      if (isIdle && this.#idle.length < this.#options.limit) this.#idle.push(buffer)
    })
  }

  /** Waits for its turn, in the order of asking. `leave` must follow. */
  async enter(): Promise<void> {
    if (this.#sending < this.#options.limit) this.#sending += 1
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#sending -= 1
  }
}
