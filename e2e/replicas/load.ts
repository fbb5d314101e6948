import { expect, vi } from 'vitest'
import { CRASH_REPOSITORY, check, type Ledger, newLedger, work } from '../faults/ledger.ts'
import { digestOf, randomImage } from '../oci/content.ts'
import type { Repository } from '../oci/repository.ts'
import { randomNumbers } from '../support/random.ts'

/** Clients that push, tag, pull and delete all the time, and to whom nothing may fail. */
export class Load {
  readonly #stop = new AbortController()
  readonly #repository: Repository
  readonly #ledgers: Ledger[]
  readonly #clients: Promise<unknown>
  #pulls = 0
  #failed: unknown

  constructor(repository: Repository, workers: number) {
    this.#repository = repository
    this.#ledgers = Array.from({ length: workers }, newLedger)
    const { signal } = this.#stop
    const random = randomNumbers(20_261_201)
    const works = this.#ledgers.map((ledger, index) => work(repository, ledger, `worker-${index}`, random, signal))
    this.#clients = Promise.all([...works, this.#pull(signal)])
    this.#clients.catch(error => {
      this.#failed = error
    })
  }

  /** Pulls one image again and again, and pushes and deletes another, in both ways. */
  async #pull(signal: AbortSignal): Promise<void> {
    const kept = randomImage('pulled all the time')
    await this.#repository.pushImage(kept, 'kept')
    for (; !signal.aborted; this.#pulls += 1) {
      expect(digestOf((await this.#repository.manifest('GET', 'kept')).body)).toBe(kept.manifest.digest)
      for (const { digest } of kept.blobs)
        expect(digestOf((await this.#repository.blob('GET', digest)).body)).toBe(digest)
      const other = randomImage(`deleted at once ${this.#pulls}`)
      await this.#repository.pushImage(other)
      expect((await this.#repository.manifest('DELETE', other.manifest.digest)).status).toBe(202)
      await this.#repository.pushManifest(other.manifest)
      const imageIds = [{ imageDigest: other.manifest.digest }]
      const { registry } = this.#repository.client
      const { failures } = await registry.control('BatchDeleteImage', { repositoryName: CRASH_REPOSITORY, imageIds })
      expect(failures).toEqual([])
    }
  }

  #done = () => this.#ledgers.map(({ live, gone }) => live.size + gone.size)

  /** Resolves when each client has done something more, and rejects when something failed. */
  async goesOn(): Promise<void> {
    const [before, pulls] = [this.#done(), this.#pulls]
    await vi.waitUntil(
      () =>
        this.#failed !== undefined ||
        (this.#pulls > pulls && this.#done().every((done, index) => done > (before[index] ?? 0))),
      { timeout: 120_000 },
    )
    if (this.#failed !== undefined) throw this.#failed
  }

  /** Ends the load, and looks whether all that was acknowledged holds. */
  async end(): Promise<void> {
    this.#stop.abort()
    await this.#clients
    for (const [index, ledger] of this.#ledgers.entries()) await check(this.#repository, ledger, `worker-${index}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#clients.catch(() => {})
  }
}
