import { Repository } from '../oci/repository.ts'
import { expectStatus, login } from './docker.ts'
import type { Host } from './host.ts'
import { Broken, type Journal } from './journal.ts'
import { apply, type Binned, describe, EMPTY, type State, type Step } from './model.ts'
import type { Unit } from './unit.ts'

const TAGS = 4

/** A repository as one client knows it: the client's own images in it, and what should be there of them. */
export interface Place {
  readonly name: string
  readonly hasBin: boolean
  /** Tags that only this client uses. */
  readonly tags: readonly string[]
  /** Images that may be pushed, deleted and restored. */
  units: readonly Unit[]
  state: State
  /** Digests that were deleted for good, and are never pushed again. */
  readonly gone: Set<string>
}

export const isLive = ({ state }: Place, unit: Unit): boolean => state.live.has(unit.top.digest)

export interface CustodyOptions {
  /** The client's name. */
  readonly name: string
  readonly host: Host
  readonly journal: Journal
  readonly repositories: readonly Pick<Place, 'name' | 'hasBin'>[]
}

/** What one client was told of its images, and the requests that change them. */
export class Custody {
  readonly places: readonly Place[]
  readonly #options: CustodyOptions
  #repositories: ReadonlyMap<string, Repository> = new Map()

  constructor(options: CustodyOptions) {
    this.#options = options
    const tags = Array.from({ length: TAGS }, (_, at) => `${options.name}-${at}`)
    this.places = options.repositories.map(each => ({ ...each, tags, units: [], state: EMPTY, gone: new Set() }))
  }

  async login(): Promise<void> {
    const { host } = this.#options
    const client = await host.persist(() => login(host.registry))
    const { alias } = host.registry
    this.#repositories = new Map(this.places.map(({ name }) => [name, new Repository(client, `${alias}/${name}`)]))
  }

  repository({ name }: Place): Repository {
    const found = this.#repositories.get(name)
    if (found === undefined) throw new Error(`${this.#options.name} has not logged in`)
    return found
  }

  /**
   * Does one request, and keeps what holds after its answer. When a kill takes the answer, it looks which of the two
   * states there is, before or after. Where nothing was done, it asks again.
   */
  async take(place: Place, units: readonly Unit[], step: Step, request: () => Promise<void>): Promise<void> {
    const { host, journal, name } = this.#options
    const before = place.state
    const after = apply(before, step, place.hasBin)
    for (const unit of units) {
      unit.changes += 1
      unit.isChanging = true
    }
    const what = wordsOf(step, units, place)
    journal.note(name, `asks for ${what}`)
    for (let done = false; !done; ) {
      done = (await host.attempt(request)) !== undefined
      if (done) journal.note(name, `acknowledged ${what}`)
      else {
        done = await this.#wasDone(place, units, before, after)
        journal.note(name, `${done ? 'was done' : 'was not done'} without an answer: ${what}`)
        if (done) journal.count('of these done all the same')
      }
    }
    place.state = after
    for (const unit of units) unit.isChanging = false
  }

  async #wasDone(place: Place, units: readonly Unit[], before: State, after: State): Promise<boolean> {
    const digests = units.flatMap(unit => unit.digests)
    const found = await this.#observe(place, digests)
    const [done, undone] = [after, before].map(state => describe(state, digests, place.tags))
    if (found === done) return true
    if (found === undone) return false
    throw new Broken(`a request was done in part in ${place.name}:\n${found}\nand neither\n${undone}\nnor\n${done}`)
  }

  /** Forgets images that are gone for good: they are not pushed again. */
  forget(place: Place, units: readonly Unit[]): void {
    place.units = place.units.filter(unit => !units.includes(unit))
    for (const unit of units) for (const digest of unit.digests) place.gone.add(digest)
  }

  /** Expects live images and tags, the bin and what is gone to be as they were acknowledged. */
  async check(place: Place): Promise<void> {
    const digests = place.units.flatMap(unit => unit.digests)
    const found = await this.#observe(place, digests)
    const expected = describe(place.state, digests, place.tags)
    if (found !== expected)
      throw new Broken(`${place.name} holds\n${found}\nof ${this.#options.name}, and should hold\n${expected}`)
    for (const digest of place.gone)
      if ((await this.repository(place).manifest('HEAD', digest)).status !== 404)
        throw new Broken(`${digest} was deleted and is back in ${place.name}`)
  }

  /** What the server says of these digests, and of all tags of the client. */
  #observe(place: Place, digests: readonly string[]): Promise<string> {
    const { host } = this.#options
    const head = (reference: string) => expectStatus(this.repository(place).manifest('HEAD', reference), [200, 404])
    return host.persist(async () => {
      const live = new Set<string>()
      const tags = new Map<string, string>()
      for (const digest of digests) if ((await head(digest)).status === 200) live.add(digest)
      for (const tag of place.tags) {
        const { status, headers } = await head(tag)
        if (status === 200) tags.set(tag, `${headers['docker-content-digest']}`)
      }
      return describe({ live, tags, bin: await listBin(host, place.name) }, digests, place.tags)
    })
  }
}

/** The whole bin of a repository, the oldest deletion first. Tags that live images lost are left out. */
export async function listBin({ registry }: Host, repositoryName: string): Promise<Binned[]> {
  const found: Binned[] = []
  for (let nextToken: string | undefined; ; ) {
    const page = await registry.control('Berth_V1.ListDeletedImages', { repositoryName, maxResults: 1000, nextToken })
    for (const { deletionId, imageDigest, imageTags } of page.deletedImages)
      if (!deletionId.startsWith('tag-')) found.unshift({ digest: imageDigest, tags: imageTags })
    nextToken = page.nextToken
    if (nextToken === undefined) return found
  }
}

function wordsOf(step: Step, units: readonly Unit[], place: Place): string {
  const tag = 'tag' in step && step.tag !== undefined ? ` with tag ${step.tag}` : ''
  const digest = 'digest' in step ? ` (${step.digest.slice(7, 19)})` : ''
  return `${step.kind} ${units.map(({ name }) => name).join(', ')}${digest}${tag} in ${place.name}`
}
