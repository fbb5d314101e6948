import { purgeImages } from '../../registry/purge-images.ts'
import { restoreImages } from '../../registry/restore-images.ts'
import { CALLER } from '../temporary-registry.ts'
import { type Action, inRepository } from './action.ts'
import { type Id, showFailures, showId, toImageId } from './deletions.ts'
import { type Binned, changeRepository, type RepositoryState, withAll, without } from './model.ts'
import { type ImageName, imageOf, nameOf, type RepositoryName, type TagName } from './universe.ts'

/** Brings deleted images back. */
export const restore = (name: RepositoryName, ids: readonly Id[]): Action => ({
  text: `restore ${ids.map(showId)} in ${name}`,
  run: world =>
    inRepository(world, name, async (_row, ref) => {
      const { restored, failures } = await restoreImages(world.server.context, CALLER, ref, ids.map(toImageId))
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
    const { found, failures } = findBinned(repository, ids, state.now)
    const restored: string[] = []
    const next = changeRepository(state, name, draft => {
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
        const free: TagName[] = []
        const taken: string[] = []
        for (const tag of row.tags) {
          const holder = draft.tags[tag]
          if (holder === undefined) free.push(tag)
          else if (holder !== row.image) taken.push(`${tag}=${holder}`)
          draft.tags[tag] ??= row.image
        }
        restored.push(`${row.image} [${free.sort()}] [${taken.sort()}]`)
      }
      const rows = found.map(row => draft.bin[repository.bin.indexOf(row)])
      for (const row of rows) if (row !== undefined && draft.bin.includes(row)) bringBack(row)
    })
    return { answer: { restored: restored.sort(), failures }, after: () => next }
  },
})

const newest = ({ bin }: RepositoryState, image: ImageName, now: number): Binned | undefined =>
  bin.findLast(row => row.image === image && row.until > now)

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
    if (row === undefined) failures.push(`${showId(id)} ImageNotFound`)
    else if (tag !== undefined && !row.tags.includes(tag)) failures.push(`${showId(id)} ImageTagDoesNotMatchDigest`)
    else found.add(row)
  }
  return { found: [...found], failures: failures.sort() }
}

/** Takes images out of the bin for good; all of them without ids. */
export const purge = (name: RepositoryName, ids: readonly Id[] | undefined): Action => ({
  text: `purge ${ids?.map(showId) ?? 'everything'} in ${name}`,
  run: world =>
    inRepository(world, name, async (_row, ref) => {
      const { purged, failures } = await purgeImages(world.server.context, CALLER, ref, ids?.map(toImageId))
      return { purged: purged.map(row => nameOf(row.digest)).sort(), failures: showFailures(failures) }
    }),
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
    const held = [...staying].map(image => `${image}: ImageReferencedByManifestList`)
    return {
      answer: { purged: going.map(row => row.image).sort(), failures: [...failures, ...held].sort() },
      after: () =>
        changeRepository(state, name, draft => {
          draft.bin = without(bin, going)
        }),
    }
  },
})
