import { parseRepositoryName, parseTag } from '../../domain/names.ts'
import { leaseBlobs, mountBlob } from '../../registry/blobs/blobs.ts'
import { pushManifest } from '../../registry/images/push-manifest.ts'
import { ALIAS, CALLER } from '../temporary-registry.ts'
import { type Action, inRepository } from './action.ts'
import {
  change,
  changeRepository,
  DAY_MS,
  isPromised,
  LEASE_MS,
  matches,
  moveTag,
  type RepositoryState,
  type State,
  withAll,
} from './model.ts'
import {
  type Blob,
  bytesOf,
  digestOfBlob,
  type ImageName,
  imageOf,
  REPOSITORIES,
  type RepositoryName,
  type TagName,
} from './universe.ts'

const pathOf = (name: RepositoryName) => ({ alias: ALIAS, name: parseRepositoryName(name) })

const body = (bytes: Buffer) =>
  (async function* () {
    yield bytes
  })()

/** A client that heard of a blob may rely on it until the lease ends; one that heard nothing may not. */
function hold(state: State, name: RepositoryName, blob: Blob, isAcknowledged: boolean): State {
  return changeRepository(state, name, draft => {
    draft.held = withAll(draft.held, [blob])
    if (isAcknowledged) draft.leases[blob] = Math.max(draft.leases[blob] ?? 0, state.now + LEASE_MS)
  })
}

/** POST and the first half of the bytes. An upload that a client began before in the slot is abandoned. */
export const beginUpload = (slot: number, name: RepositoryName, blob: Blob): Action => ({
  text: `begin upload ${slot} of ${blob} in ${name}`,
  run: world =>
    inRepository(world, name, async (_, repository) => {
      const { uploads } = world.server
      const id = await uploads.begin(repository)
      const bytes = bytesOf(blob)
      await uploads.append(repository, id, { body: body(bytes.subarray(0, 7)), firstByte: 0 })
      world.uploads.set(slot, { repository, id, blob })
      return 'done'
    }),
  judge(state) {
    if (state.repositories[name] === undefined) return { refusals: ['repositoryNotFound'] }
    return {
      // Where the repository goes between the two requests, so does the upload.
      refusals: ['uploadUnknown'],
      after: isAcknowledged =>
        change(state, draft => {
          if (isAcknowledged) draft.uploads[slot] = { repository: name, blob, touchedAt: state.now, isGone: false }
        }),
    }
  },
})

/** The rest of the bytes, behind as many as the server says it has. */
export const finishUpload = (slot: number): Action => ({
  text: `finish upload ${slot}`,
  async run({ server, uploads }) {
    const upload = uploads.get(slot)
    uploads.delete(slot)
    if (upload === undefined) return 'no upload'
    const { repository, id, blob } = upload
    return server.answer(async () => {
      const firstByte = await server.uploads.sizeBytes(repository, id)
      const chunk = { body: body(bytesOf(blob).subarray(firstByte)), firstByte }
      await server.uploads.complete(repository, id, { digests: [digestOfBlob(blob)], chunk })
      return 'done'
    })
  },
  judge(state) {
    const upload = state.uploads[slot]
    if (upload === undefined) return { refusals: ['no upload'] }
    const { repository, blob, touchedAt, isGone } = upload
    const otherwise = change(state, draft => {
      delete draft.uploads[slot]
    })
    const mayBeGivenUp = state.latest >= touchedAt + DAY_MS
    return {
      refusals: isGone || mayBeGivenUp ? ['uploadUnknown'] : [],
      otherwise,
      ...(isGone ? {} : { after: (isAcknowledged: boolean) => hold(otherwise, repository, blob, isAcknowledged) }),
    }
  },
})

/** HEAD by a client that may push. */
export const headBlob = (name: RepositoryName, blob: Blob): Action => ({
  text: `HEAD ${blob} in ${name}`,
  run: ({ server }) =>
    server.answer(async () => {
      const digest = digestOfBlob(blob)
      const { repositoryId } = await server.pulls.blob(pathOf(name), digest)
      return (await leaseBlobs(server.context, repositoryId, [digest])).has(digest) ? 'done' : 'blobUnknown'
    }),
  judge(state) {
    const repository = state.repositories[name]
    // Where the repository goes between the two reads, so does the blob.
    if (repository === undefined) return { refusals: ['repositoryNotFound', 'blobUnknown'] }
    return {
      refusals: isPromised(repository, blob, state) ? [] : ['blobUnknown'],
      ...(repository.held.includes(blob) && { after: (told: boolean) => hold(state, name, blob, told) }),
    }
  },
})

export const mount = (from: RepositoryName | undefined, to: RepositoryName, blob: Blob): Action => ({
  text: `mount ${blob} from ${from ?? 'anywhere'} into ${to}`,
  run: world =>
    inRepository(world, to, async (_, repository) => {
      const source = from && pathOf(from)
      return (await mountBlob(world.server.context, repository, source, digestOfBlob(blob))) ? 'done' : 'refused'
    }),
  judge(state) {
    if (state.repositories[to] === undefined) return { refusals: ['repositoryNotFound'] }
    const sources = (from === undefined ? REPOSITORIES : [from])
      .map(name => state.repositories[name])
      .filter(source => source !== undefined)
    return {
      refusals: sources.some(source => isPromised(source, blob, state)) ? [] : ['refused'],
      ...(sources.some(source => source.held.includes(blob)) && {
        after: (told: boolean) => hold(state, to, blob, told),
      }),
    }
  },
})

export const pushImage = (name: RepositoryName, image: ImageName, tags: readonly TagName[]): Action => ({
  text: `push ${image} as [${tags}] to ${name}`,
  run: world =>
    inRepository(world, name, async (_, repository) => {
      const push = { repository, bytes: imageOf(image).bytes, contentType: undefined, tags: tags.map(parseTag) }
      await pushManifest(world.server.context, CALLER, push)
      return 'done'
    }),
  judge(state) {
    const repository = state.repositories[name]
    if (repository === undefined) return { refusals: ['repositoryNotFound'] }
    const { blobs, children } = imageOf(image)
    const refusals: string[] = []
    if (!blobs.every(blob => isPromised(repository, blob, state))) refusals.push('manifestBlobsUnknown')
    if (!blobs.every(blob => repository.held.includes(blob))) return { refusals }
    if (!children.every(child => repository.images.includes(child)))
      return { refusals: [...refusals, 'manifestChildrenUnknown'] }
    if (tags.some(tag => isFixedElsewhere(repository, tag, image)))
      return { refusals: [...refusals, 'imageTagImmutable'] }
    const after = () =>
      changeRepository(state, name, draft => {
        draft.images = withAll(draft.images, [image])
        draft.pushedAt[image] ??= state.now
        for (const tag of tags) moveTag(state, draft, tag, image)
      })
    return { refusals, after }
  },
})

function isFixedElsewhere({ tags, settings }: RepositoryState, tag: TagName, image: ImageName): boolean {
  const holder = tags[tag]
  return holder !== undefined && holder !== image && matches(settings.immutableTags, tag)
}
