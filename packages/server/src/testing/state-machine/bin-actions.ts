import { purgeImages } from '../../registry/bin/purge-images.ts'
import { restoreImages } from '../../registry/bin/restore-images.ts'
import { CALLER } from '../temporary-registry.ts'
import { type Action, inRepository } from './action.ts'
import { type Id, showFailures, showId, toRef } from './deletions.ts'
import {
  type Binned,
  changeRepository,
  matches,
  moveTag,
  type RepositoryState,
  type State,
  withAll,
  without,
} from './model.ts'
import { type ImageName, imageOf, nameOf, type RepositoryName, type TagName } from './universe.ts'

/** Brings deleted images back. */
export const restore = (name: RepositoryName, ids: readonly Id[]): Action => ({
  text: `restore ${ids.map(showId)} in ${name}`,
  run: world =>
    inRepository(world, name, async (_row, ref) => {
      const { restored, failures } = await restoreImages(world.server.context, CALLER, ref, ids.map(toRef))
      return {
        restored: restored
          .map(({ digest, tags, taken }) => {
            const elsewhere = taken.map(each => `${each.tag}=${nameOf(each.digest)}`)
            return `${nameOf(digest)} [${[...tags].sort()}] [${elsewhere.sort()}]`
          })
          .sort(),
        failures: showFailures(failures),
      }
    }),
  judge(state) {
    const repository = state.repositories[name]
    if (repository === undefined)
      return { refusals: ['repositoryNotFound'], answer: { restored: [], failures: [] }, after: () => state }
    const { wishes, failures } = findRestorable(repository, ids, state.now)
    const restored = new Map<string, Told>()
    const next = changeRepository(state, name, draft => {
      const give = (key: string, image: ImageName, tags: readonly TagName[], named: readonly TagName[]): void => {
        const told: Told = restored.get(key) ?? { image, tags: [], taken: new Map() }
        restored.set(key, told)
        for (const tag of new Set([...tags, ...named])) {
          const holder = draft.tags[tag]
          if (holder === image) continue
          const isTaken = holder !== undefined && (!named.includes(tag) || matches(draft.settings.immutableTags, tag))
          if (isTaken) told.taken.set(tag, holder)
          else {
            moveTag(state, draft, tag, image)
            told.taken.delete(tag)
            told.tags.push(tag)
          }
        }
      }
      const bringBack = (row: Binned): void => {
        for (const child of imageOf(row.image).children) {
          const own = draft.images.includes(child) ? undefined : newest(draft, child, state.now)
          if (own !== undefined) bringBack(own)
        }
        if (!draft.bin.includes(row)) return
        draft.bin = without(draft.bin, [row])
        draft.images = withAll(draft.images, [row.image])
        draft.pushedAt[row.image] ??= row.pushedAt
        draft.held = withAll(draft.held, imageOf(row.image).blobs)
        give(`row ${rowNumber.get(row)}`, row.image, row.tags, [])
      }
      const rowNumber = new Map(draft.bin.map((row, at) => [row, at]))
      const rows = wishes.map(({ row }) => (row === undefined ? undefined : draft.bin[repository.bin.indexOf(row)]))
      for (const row of rows) if (row !== undefined && draft.bin.includes(row)) bringBack(row)
      for (const { image, row, tags, named } of wishes)
        give(row === undefined ? image : `row ${repository.bin.indexOf(row)}`, image, tags, named)
    })
    const shown = [...restored.values()].map(({ image, tags, taken }) => {
      const elsewhere = [...taken].map(([tag, holder]) => `${tag}=${holder}`)
      return `${image} [${tags.sort()}] [${elsewhere.sort()}]`
    })
    return { answer: { restored: shown.sort(), failures }, after: () => next }
  },
})

/** What the answer says of one image. */
interface Told {
  readonly image: ImageName
  readonly tags: TagName[]
  readonly taken: Map<TagName, ImageName>
}

const newest = ({ bin }: RepositoryState, image: ImageName, now: number): Binned | undefined =>
  bin.findLast(row => row.image === image && row.until > now)

interface Wish {
  readonly image: ImageName
  readonly row: Binned | undefined
  readonly tags: readonly TagName[]
  readonly named: readonly TagName[]
}

/**
 * What ids name: a tag what was lost of it last; a digest its newest deletion, or all tags that a live image has lost.
 */
function findRestorable(
  repository: RepositoryState,
  ids: readonly Id[],
  now: number,
): { wishes: Wish[]; failures: string[] } {
  const { bin, images, tags } = repository
  const wishes: Wish[] = []
  const failures: string[] = []
  const inTime = bin.filter(row => row.until > now)
  const row = (image: ImageName) => newest(repository, image, now)
  const lost = repository.lost.filter(
    each =>
      each.until > now &&
      tags[each.tag] !== each.image &&
      (images.includes(each.image) || row(each.image) !== undefined),
  )
  const returning = (image: ImageName, own: TagName[], named: TagName[] = []): Wish => ({
    ...{ image, tags: own, named },
    row: images.includes(image) ? undefined : row(image),
  })
  for (const id of ids) {
    const { image, tag } = id
    if (image === undefined) {
      const binned = inTime.findLast(each => tag !== undefined && each.tags.includes(tag))
      const last = lost.findLast(each => each.tag === tag)
      if (last !== undefined && (binned === undefined || last.at > binned.at))
        wishes.push(returning(last.image, [last.tag]))
      else if (binned !== undefined) wishes.push({ image: binned.image, row: binned, tags: [], named: [] })
      else failures.push(`${showId(id)} unknown`)
      continue
    }
    const binned = row(image)
    const own = lost.filter(each => each.image === image).map(each => each.tag)
    if (tag === undefined && binned !== undefined) wishes.push({ image, row: binned, tags: [], named: [] })
    else if (tag === undefined && own.length > 0) wishes.push(returning(image, own))
    else if (tag !== undefined && binned?.tags.includes(tag))
      wishes.push({ image, row: binned, tags: [], named: [tag] })
    else if (tag !== undefined && own.includes(tag)) wishes.push(returning(image, [tag], [tag]))
    else {
      const isThere = tag !== undefined && binned !== undefined
      failures.push(`${showId(id)} ${isThere ? 'tagElsewhere' : 'unknown'}`)
    }
  }
  return { wishes, failures: failures.sort() }
}

/** The rows that ids name: a digest its newest deletion, a tag the newest deleted image that had it. */
function findBinned(
  { bin }: RepositoryState,
  ids: readonly Id[],
  now: number,
): { found: Binned[]; failures: string[] } {
  const found = new Set<Binned>()
  const failures: string[] = []
  const inTime = bin.filter(row => row.until > now)
  for (const id of ids) {
    const { image, tag } = id
    const row = inTime.findLast(each =>
      image === undefined ? tag !== undefined && each.tags.includes(tag) : each.image === image,
    )
    if (row === undefined) failures.push(`${showId(id)} unknown`)
    else if (tag !== undefined && !row.tags.includes(tag)) failures.push(`${showId(id)} tagElsewhere`)
    else found.add(row)
  }
  return { found: [...found], failures: failures.sort() }
}

const giveUpLost = (name: RepositoryName) => (state: State) =>
  changeRepository(state, name, draft => {
    draft.lost = []
  })

/** Purges images from the bin; all of them without ids. */
export const purge = (name: RepositoryName, ids: readonly Id[] | undefined): Action => ({
  text: `purge ${ids?.map(showId) ?? 'everything'} in ${name}`,
  run: world =>
    inRepository(world, name, async (_row, ref) => {
      const { purged, failures } = await purgeImages(world.server.context, CALLER, ref, ids?.map(toRef))
      return { purged: purged.map(row => nameOf(row.digest)).sort(), failures: showFailures(failures) }
    }),
  phases: ids === undefined ? [giveUpLost(name)] : [],
  judge(state) {
    const repository = state.repositories[name]
    if (repository === undefined)
      return { refusals: ['repositoryNotFound'], answer: { purged: [], failures: [] }, after: () => state }
    const { bin } = repository
    const { found: named, failures } =
      ids === undefined ? { found: bin, failures: [] } : findBinned(repository, ids, state.now)
    // An image goes with every deletion of it that could be restored.
    const found =
      ids === undefined ? bin : bin.filter(row => row.until > state.now && named.some(each => each.image === row.image))
    // What an index that stays in the bin lists stays with it.
    let going = found
    for (let before = -1; before !== going.length; ) {
      before = going.length
      const staying = without(bin, going).filter(row => row.until > state.now)
      going = going.filter(({ image }) => !staying.some(parent => imageOf(parent.image).children.includes(image)))
    }
    const staying = new Set(without(found, going).map(row => row.image))
    const held = [...staying].map(image => `${image}: heldByIndexes`)
    return {
      answer: { purged: going.map(row => row.image).sort(), failures: [...failures, ...held].sort() },
      after: () =>
        changeRepository(state, name, draft => {
          draft.bin = without(bin, going)
        }),
    }
  },
})
