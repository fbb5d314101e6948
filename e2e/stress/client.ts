import { setTimeout as delay } from 'node:timers/promises'
import type { Content } from '../oci/content.ts'
import { Custody, type CustodyOptions, isLive, type Place } from './custody.ts'
import { expectStatus, pull, pushBlob, putManifest } from './docker.ts'
import { Broken } from './journal.ts'
import { apply, isBinned, restored, type Step, tagsOf } from './model.ts'
import { makeUnit, type Unit } from './unit.ts'

/** How many images a client has in a repository, live or deleted. */
const UNITS = 7
const PAUSE_MS = 30

export interface ClientOptions extends CustodyOptions {
  /** Layers that images are made of, beside layers of their own. */
  readonly layers: readonly Content[]
  readonly leaseMs: number
  readonly random: () => number
}

/** A client that pushes, retags, deletes, restores and pulls at random. */
export class Client {
  readonly custody: Custody
  readonly #options: ClientOptions
  #made = 0

  constructor(options: ClientOptions) {
    this.#options = options
    this.custody = new Custody(options)
  }

  get places(): readonly Place[] {
    return this.custody.places
  }

  /** Works until `signal`. It also pulls the images of `others`. */
  async run(others: readonly Client[], signal: AbortSignal): Promise<void> {
    await this.custody.login()
    while (!signal.aborted) {
      const place = this.#pick(this.places)
      if (place !== undefined) await this.#act(place, others)
      await delay(this.#options.random() * PAUSE_MS)
    }
  }

  async #act(place: Place, others: readonly Client[]): Promise<void> {
    const { random } = this.#options
    const live = place.units.filter(unit => isLive(place, unit))
    const deleted = this.#pick(place.units.filter(unit => isRestorable(place, unit)))
    const unit = this.#pick(live)
    const dice = random()
    if (dice < 0.02) return this.custody.login()
    if (dice < 0.2 || unit === undefined) return this.#pushAnother(place)
    if (dice < 0.23) return this.#giveUp(place)
    if (dice < 0.33) return this.#retag(place, unit, this.#pick(place.tags))
    if (dice < 0.37) return this.#untag(place, unit)
    if (dice < 0.6) return this.delete(place, this.#some(live))
    if (dice < 0.7) return deleted && this.restore(place, deleted)
    if (dice < 0.78) return deleted && this.#purge(place, deleted)
    if (dice < 0.87) return this.pull(place, unit, this.#pick([undefined, ...tagsOf(place.state, unit.top.digest)]))
    return this.#pullAnothers(others)
  }

  /** A new image, or one that was deleted before. */
  async #pushAnother(place: Place): Promise<void> {
    const { name, layers, random } = this.#options
    const isFull = place.units.length >= UNITS
    const again = this.#pick(place.units.filter(unit => !isLive(place, unit)))
    const tag = random() < 0.7 ? this.#pick(place.tags) : undefined
    if (again !== undefined && (isFull || random() < 0.3)) return this.#push(place, again, tag)
    if (isFull) return
    const unit = makeUnit(`${name}/${place.name}/${this.#made++}`, layers, random)
    place.units = [...place.units, unit]
    await this.#push(place, unit, tag)
  }

  /** Sends blobs and no manifest: they are collected when their leases are over, unless others use them. */
  async #giveUp(place: Place): Promise<void> {
    const { name, layers, random, journal } = this.#options
    const unit = makeUnit(`${name}/given up/${this.#made++}`, layers, random)
    for (const blob of unit.blobs) await this.#pushBlob(place, blob)
    journal.count('pushes given up before the manifest')
  }

  async #push(place: Place, unit: Unit, tag: string | undefined): Promise<void> {
    const { journal, leaseMs, random } = this.#options
    const acknowledged = new Map<string, number>()
    const pushBlobs = async () => {
      for (const blob of unit.blobs) acknowledged.set(blob.digest, await this.#pushBlob(place, blob))
    }
    await pushBlobs()
    // Now and then the manifest comes at the end of the lease, or too late.
    if (random() < 0.03) await delay(random() * 1.2 * leaseMs)
    for (const manifest of unit.manifests) {
      const own = manifest === unit.top ? tag : undefined
      await this.custody.take(place, [unit], { kind: 'put', digest: manifest.digest, tag: own }, async () => {
        while (!(await putManifest(this.custody.repository(place), manifest, own))) {
          const heldMs = Date.now() - Math.min(...acknowledged.values())
          if (heldMs < leaseMs)
            throw new Broken(`a blob of ${unit.name} was gone ${heldMs} ms after it was acknowledged`)
          journal.count('leases that ran out before the manifest')
          await pushBlobs()
        }
      })
      journal.count('manifests pushed')
    }
  }

  #pushBlob(place: Place, blob: Content): Promise<number> {
    const { host, random, journal } = this.#options
    const others = this.places.filter(each => each !== place).map(each => this.custody.repository(each))
    return host.persist(() => pushBlob(this.custody.repository(place), blob, { random, journal, others }))
  }

  async #retag(place: Place, unit: Unit, tag: string | undefined): Promise<void> {
    await this.custody.take(place, [unit], { kind: 'put', digest: unit.top.digest, tag }, async () => {
      if (!(await putManifest(this.custody.repository(place), unit.top, tag)))
        throw new Broken(`${unit.name} in ${place.name} is live, and lacks blobs`)
    })
    this.#options.journal.count('retags')
  }

  /** Takes one of several tags: with the last one the image would go. */
  async #untag(place: Place, unit: Unit): Promise<void> {
    const [tag, ...others] = tagsOf(place.state, unit.top.digest)
    if (tag === undefined || others.length === 0) return
    await this.custody.take(place, [unit], { kind: 'untag', tag }, () => this.#batchDelete(place, [{ imageTag: tag }]))
    this.#options.journal.count('tags taken')
  }

  async delete(place: Place, units: readonly Unit[]): Promise<void> {
    const digests = units.flatMap(unit => unit.digests)
    const [first, ...others] = digests
    if (first === undefined) return
    await this.custody.take(place, units, { kind: 'delete', digests }, async () => {
      if (others.length === 0 && this.#options.random() < 0.5)
        await expectStatus(this.custody.repository(place).manifest('DELETE', first), [202])
      else await this.#batchDelete(place, idsOf(digests))
    })
    this.#options.journal.count('images deleted', digests.length)
    if (!place.hasBin) this.custody.forget(place, units)
  }

  async #batchDelete({ name: repositoryName }: Place, imageIds: readonly object[]): Promise<void> {
    const { control } = this.#options.host.registry
    const answer = await control('BatchDeleteImage', { repositoryName, imageIds })
    if (answer.failures.length > 0 || answer.imageIds.length < imageIds.length)
      throw new Broken(`BatchDeleteImage of ${JSON.stringify(imageIds)}: ${JSON.stringify(answer)}`)
  }

  async restore(place: Place, unit: Unit): Promise<void> {
    const step: Step = { kind: 'restore', digests: unit.digests }
    const expected = restored(place.state, apply(place.state, step, place.hasBin), unit.digests)
    await this.custody.take(place, [unit], step, async () => {
      const { control } = this.#options.host.registry
      const imageIds = idsOf([unit.top.digest])
      const answer = await control('Berth_V1.RestoreImages', { repositoryName: place.name, imageIds })
      const sorted = answer.restoredImages.sort((a: ImageId, b: ImageId) => (a.imageDigest < b.imageDigest ? -1 : 1))
      if (JSON.stringify(sorted) !== JSON.stringify(expected) || answer.failures.length > 0)
        throw new Broken(`RestoreImages of ${unit.name}: ${JSON.stringify(answer)}, not ${JSON.stringify(expected)}`)
    })
    this.#options.journal.count('images restored', unit.digests.length)
  }

  async #purge(place: Place, unit: Unit): Promise<void> {
    const imageIds = idsOf(unit.digests)
    await this.custody.take(place, [unit], { kind: 'purge', digests: unit.digests }, async () => {
      const { control } = this.#options.host.registry
      const answer = await control('Berth_V1.PurgeDeletedImages', { repositoryName: place.name, imageIds })
      if (answer.failures.length > 0 || answer.purgedImages.length < imageIds.length)
        throw new Broken(`PurgeDeletedImages of ${unit.name}: ${JSON.stringify(answer)}`)
    })
    this.#options.journal.count('images purged', unit.digests.length)
    this.custody.forget(place, [unit])
  }

  /** One of its own images, which nobody changes meanwhile. */
  async pull(place: Place, unit: Unit, tag?: string): Promise<void> {
    const { host, journal } = this.#options
    const missing = await host.persist(() => pull(this.custody.repository(place), unit, journal, tag))
    if (missing !== undefined)
      throw new Broken(`${unit.name} in ${place.name} was acknowledged, and lacks its ${missing}`)
    journal.count('images pulled whole')
  }

  /** An image that its owner may change meanwhile, and that is whole if it does not. */
  async #pullAnothers(others: readonly Client[]): Promise<void> {
    const { host, journal } = this.#options
    const place = this.#pick(this.#pick(others)?.places ?? [])
    const unit = this.#pick(place?.units.filter(each => !each.isChanging && isLive(place, each)) ?? [])
    if (place === undefined || unit === undefined) return
    const { changes } = unit
    const missing = await host.persist(() => pull(this.custody.repository(place), unit, journal))
    if (missing === undefined) return journal.count('images pulled whole')
    if (unit.changes === changes)
      throw new Broken(`${unit.name} in ${place.name} was not changed, and lacks its ${missing}`)
    journal.count('pulls that met a change')
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#options.random() * items.length)]
  }

  #some<T>(items: readonly T[]): T[] {
    return items.filter(() => this.#options.random() < 0.3)
  }
}

interface ImageId {
  readonly imageDigest: string
}

const idsOf = (digests: readonly string[]): ImageId[] => digests.map(imageDigest => ({ imageDigest }))

/** Whether the unit is deleted and in the bin. */
export const isRestorable = (place: Place, unit: Unit): boolean =>
  !isLive(place, unit) && isBinned(place.state, unit.top.digest)
