import { type IncomingMessage, ServerResponse } from 'node:http'

/** As `MetadataStore.settled`. */
export type Settled = () => Promise<void> | undefined

/**
 * Makes the class of answers that leave when all that they may tell of is durable: they may come of another request's
 * commit that is not on the disk yet. Where the disk has lost the commit, no answer leaves. `needsNone` says which
 * requests are told of nothing.
 */
export function settledResponse(
  settled: Settled,
  needsNone: (request: IncomingMessage) => boolean,
): typeof ServerResponse {
  return class SettledResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
    #hasBegun = false
    /** The writes that are held meanwhile. */
    #held: (() => void)[] | undefined

    override writeHead(...head: [status: number]): this {
      if (!this.#hasBegun) this.#begin()
      return super.writeHead(...head)
    }

    override write(...written: [chunk: unknown]): boolean {
      if (!this.#hasBegun) this.#begin()
      if (this.#held === undefined) return super.write(...written)
      this.#held.push(() => super.write(...written))
      return false
    }

    override end(...written: [chunk?: unknown]): this {
      if (!this.#hasBegun) this.#begin()
      if (this.#held === undefined) return super.end(...written)
      this.#held.push(() => super.end(...written))
      return this
    }

    #begin(): void {
      this.#hasBegun = true
      const waiting = needsNone(this.req) ? undefined : settled()
      if (waiting === undefined) return
      this.#held = []
      waiting.then(
        () => {
          const held = this.#held ?? []
          this.#held = undefined
          for (const write of held) write()
        },
        () => this.req.socket.destroy(),
      )
    }
  }
}
