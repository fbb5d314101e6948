// The hot paths of a registry as calls of berth's own code, on random images of a store that `fill` made.

import { randomBytes, randomUUID } from 'node:crypto'
import { createMemoryBlobStore } from '../packages/server/dist/adapters/blob-memory/blob-memory.js'
import { digestOf } from '../packages/server/dist/domain/digest.js'
import { ECR_PUBLIC_QUOTAS } from '../packages/server/dist/registry/context.js'
import { deleteInTransaction } from '../packages/server/dist/registry/images/delete-images.js'
import { listImages, listImageTags } from '../packages/server/dist/registry/images/describe-images.js'
import { pushManifest } from '../packages/server/dist/registry/images/push-manifest.js'
import {
  ACCOUNT,
  ALIAS,
  baseDigest,
  imageDigest,
  isIndexOrChild,
  layerDigest,
  repositoryName,
  repositoryOf,
  subjectOf,
  tagOf,
} from './scale-fill.mjs'

const LEASE_MS = 6 * 3_600_000
const PAGE = 100
const IDS_PER_CALL = 100
/** As many as the collector reviews in one transaction. */
const REVIEWS = 20
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
/** @type {import('../packages/server/dist/domain/actor.js').Actor} */
const ACTOR = { principal: 'bench', via: 'admin' }

class TakenBack extends Error {}

/**
 * Each query with the number of its calls. `prepare(n)` makes what a call on image `n` needs and is not timed;
 * `call` throws where the answer is not the one expected.
 *
 * @param {import('../packages/server/dist/ports/metadata-store.js').MetadataStore} metadata
 */
export function hotQueries(metadata) {
  const { rows } = metadata
  const clock = { now: () => Date.now() }
  const quotas = { ...ECR_PUBLIC_QUOTAS, imagesPerRepository: Infinity }
  const times = { binDays: 7, lifecycleMs: 3_600_000, blobLeaseMs: LEASE_MS }
  const context = { metadata, blobs: createMemoryBlobStore(), clock, quotas, ...times }

  return {
    'manifest by tag': {
      calls: 2000,
      async call(n) {
        const found = await rows.images.resolve(ALIAS, repositoryName(repositoryOf(n)), { tag: tagOf(n) })
        expect(found?.manifest?.digest === imageDigest(n))
      },
    },
    'manifest by digest': {
      calls: 2000,
      async call(n) {
        const found = await rows.images.resolve(ALIAS, repositoryName(repositoryOf(n)), { digest: imageDigest(n) })
        expect(found?.manifest !== undefined)
      },
    },
    'exact bytes of a manifest': {
      calls: 2000,
      call: async n => expect((await rows.images.read(repositoryOf(n), imageDigest(n))) !== undefined),
    },
    'blob of a repository': {
      calls: 2000,
      async call(n) {
        const found = await rows.blobs.resolve(ALIAS, repositoryName(repositoryOf(n)), layerDigest(n))
        expect(found?.blob !== undefined)
      },
    },
    'page of 100 images with tags': {
      calls: 200,
      async call(n) {
        const { items } = await listImages(metadata, repositoryOf(n), { after: middle(n), limit: PAGE })
        expect(items.length === PAGE && items.every(({ tags }) => tags.length === 1))
      },
    },
    'page of 100 tags with images': {
      calls: 200,
      async call(n) {
        const { items } = await listImageTags(metadata, repositoryOf(n), { after: middleTag(n), limit: PAGE })
        expect(items.length === PAGE)
      },
    },
    'tags/list, page of 100': {
      calls: 1000,
      async call(n) {
        const found = await rows.tags.list(repositoryOf(n), { after: middleTag(n), limit: PAGE })
        expect(found.length === PAGE)
      },
    },
    'referrers of an image': {
      calls: 2000,
      async call(n) {
        const page = { limit: PAGE, enoughBytes: 4 * 1024 * 1024 }
        const found = await rows.references.referrers(repositoryOf(n), imageDigest(subjectOf(n)), page)
        expect(found.length === 3)
      },
    },
    'blob commit': {
      calls: 500,
      async prepare(n) {
        const [id, storageKey] = [/** @type {any} */ (randomUUID()), /** @type {any} */ (randomUUID())]
        const upload = { id, repositoryId: repositoryOf(n), storageKey, parts: 0, lastPartBytes: 0 }
        const times = { createdAt: clock.now(), expiresAt: clock.now() + LEASE_MS }
        await metadata.transaction(tx => tx.uploads.create({ ...upload, ...times, hasSmallPart: false }))
        return { upload, digest: digestOf(randomBytes(32)) }
      },
      async call(n, { upload, digest }) {
        await metadata.transaction(async tx => {
          expect(await tx.uploads.complete(upload.id))
          const row = { digest, sizeBytes: 5_000_000, storageKey: upload.storageKey }
          await tx.blobs.commit(repositoryOf(n), row, clock.now() + LEASE_MS)
        })
      },
    },
    'manifest push with a new tag': {
      calls: 500,
      async call(n) {
        const id = repositoryOf(n)
        const blob = digest => ({ mediaType: 'application/octet-stream', digest, size: 1 })
        const layers = [blob(baseDigest(id, n)), blob(layerDigest(n))]
        const document = { schemaVersion: 2, mediaType: MANIFEST, config: blob(layerDigest(n)), layers }
        const bytes = Buffer.from(JSON.stringify({ ...document, annotations: { random: randomUUID() } }))
        const settings = { protectedTags: [], immutableTags: [] }
        const repository = { id, accountId: ACCOUNT, name: repositoryName(id), registryId: ALIAS, settings }
        const { changed } = await pushManifest(context, ACTOR, {
          ...{ repository, bytes, contentType: MANIFEST },
          tags: [/** @type {any} */ (`pushed-${randomUUID()}`)],
        })
        expect(changed)
      },
    },
    'delete of 100 images, taken back': {
      calls: 30,
      async prepare(n) {
        const repository = await rows.repositories.get(repositoryOf(n))
        const before = n - 1 - ((n - 1) % 1000) // the thousand that it is one of, as many of it as are needed
        const numbers = Array.from({ length: 1000 }, (_, index) => before + index + 1)
        const own = numbers.filter(number => repositoryOf(number) === repository?.id && !isIndexOrChild(number))
        return { repository, refs: own.slice(0, IDS_PER_CALL).map(number => ({ digest: imageDigest(number) })) }
      },
      async call(_, { repository, refs }) {
        /** @param {import('../packages/server/dist/ports/metadata-store.js').Rows} tx */
        const work = async tx => {
          const { deleted, failures } = await deleteInTransaction(context, tx, ACTOR, repository, refs)
          expect(deleted.length === IDS_PER_CALL && failures.length === 0)
          throw new TakenBack()
        }
        await metadata.transaction(work).catch(error => {
          if (!(error instanceof TakenBack)) throw error
        })
      },
    },
    'collector: what is due': {
      calls: 500,
      call: async () => expect((await rows.reviews.due(clock.now(), REVIEWS)).length === REVIEWS),
    },
    'collector: claim of 20 blobs': {
      calls: 100,
      prepare: () => rows.reviews.due(clock.now(), REVIEWS),
      async call(_, due) {
        await metadata.transaction(async tx => {
          for (const digest of due) expect((await tx.blobs.collect(digest, clock.now())) !== undefined)
        })
      },
    },
    'collector: review of a blob in use': {
      calls: 500,
      async call(n) {
        const kept = await metadata.transaction(tx => tx.blobs.collect(layerDigest(n), clock.now()))
        expect(kept === undefined)
      },
    },
    'collector: review of a base layer': {
      calls: 200,
      async call(n) {
        const kept = await metadata.transaction(tx => tx.blobs.collect(baseDigest(repositoryOf(n), n | 1), clock.now()))
        expect(kept === undefined)
      },
    },
  }
}

/** Where a page can start so that it is full. */
const middle = n => /** @type {any} */ (`sha256:${(n % 200).toString(16).padStart(2, '0')}`)
const middleTag = n => /** @type {any} */ (`build-${middle(n).slice(7)}`)

function expect(holds) {
  if (!holds) throw new Error('not the answer that was expected')
}
