import type { FailedRef } from '../../domain/deletion.ts'
import { type ImageRef, imageRef } from '../../domain/image-ref.ts'
import { parseTag } from '../../domain/names.ts'
import { deleteBlob as deleteStoredBlob } from '../../registry/blobs/delete-blob.ts'
import { deleteImages } from '../../registry/images/delete-images.ts'
import { removeTag as removeStoredTag } from '../../registry/images/remove-tag.ts'
import { CALLER } from '../temporary-registry.ts'
import { type Action, inRepository } from './action.ts'
import {
  changeRepository,
  DAY_MS,
  isPromised,
  matches,
  moveTag,
  type RepositoryState,
  type State,
  tagsOf,
  without,
} from './model.ts'
import {
  type Blob,
  digestOfBlob,
  type ImageName,
  imageOf,
  nameOf,
  type RepositoryName,
  type TagName,
} from './universe.ts'

/** An image by digest, by tag, or by both. */
export interface Id {
  readonly image?: ImageName | undefined
  readonly tag?: TagName | undefined
}

export const showId = ({ image, tag }: Id): string => `${image ?? ''}:${tag ?? ''}`
export function toRef({ image, tag }: Id): ImageRef {
  const ref = imageRef(image && imageOf(image).digest, tag && parseTag(tag))
  if (ref === undefined) throw new Error('an id names an image or a tag')
  return ref
}
export const showFailures = (failures: readonly FailedRef[]): string[] =>
  failures
    .map(
      ({ ref: { digest, tag = '' }, failure }) =>
        `${digest === undefined ? '' : nameOf(digest)}:${tag} ${failure.kind}`,
    )
    .sort()

/** BatchDeleteImage. */
export const deleteBatch = (name: RepositoryName, ids: readonly Id[]): Action => ({
  text: `delete ${ids.map(showId)} in ${name}`,
  run: world =>
    inRepository(world, name, async (_, repository) => {
      const { deleted, failures } = await deleteImages(world.server.context, CALLER, repository, ids.map(toRef))
      return {
        deleted: deleted.map(({ digest, tag }) => `${nameOf(digest)}:${tag ?? ''}`).sort(),
        failures: showFailures(failures),
      }
    }),
  judge(state) {
    const repository = state.repositories[name]
    if (repository === undefined)
      return { refusals: ['repositoryNotFound'], answer: { deleted: [], failures: [] }, after: () => state }
    const { going, tags, failures } = planDeletion(repository, ids)
    const ownTags = going.flatMap(image => {
      const own = tagsOf(repository, image)
      return own.length === 0 ? [`${image}:`] : own.map(tag => `${image}:${tag}`)
    })
    return {
      answer: {
        deleted: [...ownTags, ...tags.map(tag => `${repository.tags[tag]}:${tag}`)].sort(),
        failures: failures.sort(),
      },
      after: () => throwAway(state, name, going, tags),
    }
  },
})

/** What of the wishes can be done, computed on the set of them. */
export function planDeletion(
  repository: RepositoryState,
  ids: readonly Id[],
): { going: ImageName[]; tags: TagName[]; failures: string[] } {
  const { images, tags, settings } = repository
  const failures: string[] = []
  const wishes: { id: Id; image: ImageName }[] = []
  const isProtected = (tag: TagName) => matches(settings.protectedTags, tag)
  for (const id of new Map(ids.map(each => [showId(each), each])).values()) {
    const image = id.tag === undefined ? id.image : tags[id.tag]
    if (image === undefined || !images.includes(image)) {
      failures.push(`${showId(id)} unknown`)
      continue
    }
    const asked = id.tag === undefined ? tagsOf(repository, image) : [id.tag]
    if (id.image !== undefined && id.image !== image) failures.push(`${showId(id)} tagElsewhere`)
    else if (asked.some(isProtected)) failures.push(`${showId(id)} protected`)
    else wishes.push({ id, image })
  }
  const keepsATag = (image: ImageName) =>
    Object.entries(tags).some(([tag, holder]) => holder === image && !wishes.some(({ id }) => id.tag === tag))
  let going = [
    ...new Set(wishes.filter(({ id, image }) => id.tag === undefined || !keepsATag(image)).map(w => w.image)),
  ]
  for (let before = -1; before !== going.length; ) {
    before = going.length
    const staying = without(images, going)
    going = going.filter(image => !staying.some(parent => imageOf(parent).children.includes(image)))
  }
  const single: TagName[] = []
  for (const { id, image } of wishes) {
    if (going.includes(image)) continue
    if (id.tag !== undefined && keepsATag(image)) single.push(id.tag)
    else failures.push(`${showId(id)} heldByIndexes`)
  }
  return { going, tags: [...new Set(single)], failures }
}

/**
 * Moves images to the bin, each for the days that were chosen, and for as long as an index in the bin that lists it.
 */
export function throwAway(
  state: State,
  name: RepositoryName,
  going: readonly ImageName[],
  tags: readonly TagName[],
): State {
  return changeRepository(state, name, draft => {
    const days = draft.settings.binDays ?? state.registryBinDays ?? 7
    const binned = draft.bin.filter(row => row.until > state.now)
    const until = new Map(going.map(image => [image, days === 0 ? 0 : state.now + days * DAY_MS]))
    // Once for each level of nesting there can be.
    for (const _ of going) {
      for (const image of going) {
        const rows = [...binned, ...going.map(parent => ({ image: parent, until: until.get(parent) ?? 0 }))]
        const parents = rows.filter(row => imageOf(row.image).children.includes(image))
        until.set(image, Math.max(until.get(image) ?? 0, ...parents.map(row => row.until)))
      }
    }
    for (const tag of tags) moveTag(state, draft, tag, undefined)
    for (const image of going) {
      const own = tagsOf(draft, image)
      for (const tag of own) delete draft.tags[tag]
      const time = until.get(image) ?? 0
      if (time > 0)
        draft.bin.push({ image, tags: own, at: state.now, until: time, pushedAt: draft.pushedAt[image] ?? 0 })
      delete draft.pushedAt[image]
    }
    draft.images = without(draft.images, going)
  })
}

/** DELETE of a tag on the registry endpoint: the image stays. */
export const removeTag = (name: RepositoryName, tag: TagName): Action => ({
  text: `remove tag ${tag} in ${name}`,
  run: world =>
    inRepository(world, name, async (_, ref) => {
      await removeStoredTag(world.server.context, CALLER, ref, parseTag(tag))
      return 'done'
    }),
  judge(state) {
    const repository = state.repositories[name]
    if (repository === undefined) return { refusals: ['repositoryNotFound', 'manifestUnknown'] }
    if (repository.tags[tag] === undefined) return { refusals: ['manifestUnknown'] }
    if (matches(repository.settings.protectedTags, tag)) return { refusals: ['imageProtected'] }
    return {
      after: () =>
        changeRepository(state, name, draft => {
          moveTag(state, draft, tag, undefined)
        }),
    }
  },
})

export const deleteBlob = (name: RepositoryName, blob: Blob): Action => ({
  text: `delete ${blob} in ${name}`,
  run: world =>
    inRepository(world, name, async (_, ref) => {
      await deleteStoredBlob(world.server.context, CALLER, ref, digestOfBlob(blob))
      return 'done'
    }),
  judge(state) {
    const repository = state.repositories[name]
    if (repository === undefined) return { refusals: ['repositoryNotFound', 'blobUnknown'] }
    if (repository.images.some(image => imageOf(image).blobs.includes(blob))) return { refusals: ['blobReferenced'] }
    return {
      refusals: isPromised(repository, blob, state) ? [] : ['blobUnknown'],
      ...(repository.held.includes(blob) && {
        after: () =>
          changeRepository(state, name, draft => {
            draft.held = without(draft.held, [blob])
            delete draft.leases[blob]
          }),
      }),
    }
  },
})
