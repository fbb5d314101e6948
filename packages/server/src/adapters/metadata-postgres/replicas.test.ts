import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startPostgres } from '../../../../../testing/postgres-server.ts'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import { parseRepositoryName, parseTag } from '../../domain/names.ts'
import { ProblemError } from '../../domain/problem.ts'
import { createSealer } from '../../domain/secrets/sealer.ts'
import { Collector } from '../../housekeeping/collector.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import { ACCOUNT, addRegistry, newRepository } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { Accounts } from '../../registry/access/accounts.ts'
import { purgeImages } from '../../registry/bin/purge-images.ts'
import { restoreImages } from '../../registry/bin/restore-images.ts'
import { Removals } from '../../registry/blobs/removals.ts'
import {
  BLOB_LEASE_MS,
  ECR_PUBLIC_QUOTAS,
  LIFECYCLE_MS,
  type Quotas,
  type RegistryContext,
  type RepositoryRef,
} from '../../registry/context.ts'
import { deleteImages } from '../../registry/images/delete-images.ts'
import { pushManifest } from '../../registry/images/push-manifest.ts'
import { createRepository } from '../../registry/repositories/repositories.ts'
import { refTo } from '../../registry/repositories/repository-ref.ts'
import { journalledKeys } from '../../testing/journalled-keys.ts'
import { CALLER } from '../../testing/temporary-registry.ts'
import { createMemoryBlobStore } from '../blob-memory/blob-memory.ts'
import { openPostgresMetadata } from './open-postgres-metadata.ts'

const server = await startPostgres({ required: process.env['CI'] !== undefined })
afterAll(() => server?.[Symbol.asyncDispose]())

const NOW = 1_000_000
/** A lease that is over, so that only a reference keeps a blob. */
const PAST = 0
const ROUNDS = 25

type Step =
  | { do: 'push'; image: number; tag: number }
  | { do: 'index'; images: number[] }
  | { do: 'delete'; image: number }
  | { do: 'deleteTag'; tag: number }
  | { do: 'restore' | 'purge'; image: number }
  | { do: 'collect' }

const image = fc.nat(5)
const tag = fc.nat(3)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), image, tag }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('index' as const), images: fc.subarray([0, 1, 2, 3, 4, 5]) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), image }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteTag' as const), tag }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('restore' as const, 'purge' as const), image }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('collect' as const) }) },
)

/** Two servers on one database: their transactions run side by side, as those of one server do. */
describe.skipIf(server === undefined)('replicas on PostgreSQL', () => {
  const blobs = createMemoryBlobStore()
  let url: string
  let stores: [MetadataStore, MetadataStore]
  let repository: RepositoryRef
  let repositories = 0

  beforeAll(async () => {
    url = (await server?.createDatabase()) ?? ''
    stores = [await openPostgresMetadata({ url }), await openPostgresMetadata({ url })]
    await stores[0].transaction(rows => addRegistry(rows))
  })
  afterAll(() => Promise.all(stores.map(store => store.close())))
  beforeEach(async () => {
    const name = `stress/${repositories++}`
    repository = refTo(await stores[0].transaction(rows => rows.repositories.create(newRepository(name))))
  })

  const replica = (n: number, quotas: Partial<Quotas> = {}): RegistryContext => ({
    metadata: n % 2 === 0 ? stores[0] : stores[1],
    blobs,
    clock: { now: () => NOW },
    quotas: { ...ECR_PUBLIC_QUOTAS, ...quotas },
    binDays: 7,
    lifecycleMs: LIFECYCLE_MS,
    blobLeaseMs: BLOB_LEASE_MS,
  })

  async function commitBlob(context: RegistryContext, bytes: Buffer, leaseUntil = PAST): Promise<Digest> {
    const row = { digest: digestOf(bytes), sizeBytes: bytes.length, storageKey: randomUUID() as string as StorageKey }
    const writer = await blobs.create(row.storageKey)
    await writer.write(Buffer.from(bytes))
    await writer.commit()
    await context.metadata.transaction(rows => rows.blobs.commit(repository.id, row, leaseUntil))
    return row.digest
  }
  const push = (context: RegistryContext, document: object, ...tags: string[]) =>
    pushManifest(context, CALLER, {
      repository,
      bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, ...document })),
      contentType: undefined,
      tags: tags.map(parseTag),
    })
  const descriptor = (digest: Digest, mediaType: string) => ({ mediaType, digest, size: 1 })
  const pushImage = (context: RegistryContext, config: Digest, ...tags: string[]) =>
    push(context, { mediaType: OCI_MANIFEST, config: descriptor(config, 'text/plain'), layers: [] }, ...tags)
  const pushIndex = (context: RegistryContext, ...children: Digest[]) =>
    push(context, { mediaType: OCI_INDEX, manifests: children.map(digest => descriptor(digest, OCI_MANIFEST)) })
  const newImage = async (context: RegistryContext, seed: string, ...tags: string[]) =>
    (await pushImage(context, await commitBlob(context, Buffer.from(`${repository.name} ${seed}`)), ...tags)).digest
  const collect = (context: RegistryContext) =>
    new Collector(context, new Removals(context, error => expect.fail(String(error)))).collect()

  const rounds = <T>(round: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: ROUNDS }, (_, n) => round(n)))
  const inTheRepository = (...digests: Digest[]) => stores[0].rows.images.existing(repository.id, digests)
  const imageCount = () => stores[0].rows.repositories.imageCount(repository.id)

  it('collect a blob or refer to it, and never both', async () => {
    for (let n = 0; n < ROUNDS; n++) {
      const config = await commitBlob(replica(n), Buffer.from(`${repository.name} config ${n}`))
      const [pushed] = await Promise.all([outcomeOf(pushImage(replica(n), config)), collect(replica(n + 1))])
      const blob = await stores[0].rows.blobs.find(repository.id, config)
      expect([pushed, blob !== undefined]).toEqual(pushed === 'done' ? ['done', true] : ['manifestBlobsUnknown', false])
      if (blob !== undefined) expect(await blobs.sizeBytes(blob.storageKey)).toBeDefined()
    }
    expect(await journalledKeys(stores[0].rows)).toEqual([])
  })

  it('collect side by side, each blob once', async () => {
    const contexts = [replica(0), replica(1), replica(0)]
    for (let n = 0; n < 100; n++) await commitBlob(replica(n), Buffer.from(`${repository.name} layer ${n}`))
    const collected = await Promise.all(contexts.map(collect))
    expect(collected.reduce((sum, { blobs }) => sum + blobs, 0)).toBe(100)
  })

  it('claim none of what another has claimed, and do not wait for it', async () => {
    for (const layer of ['a', 'b', 'c']) await commitBlob(replica(0), Buffer.from(`${repository.name} ${layer}`))
    await Promise.all(
      ['d', 'e', 'f'].map(async image => {
        const digest = await newImage(replica(0), image)
        await deleteImages(replica(0), CALLER, repository, [{ digest }])
      }),
    )
    const later = NOW + 365 * 86_400_000
    await stores[0].transaction(async first => {
      const reviews = await first.reviews.claim(later, 2)
      const images = (await first.bin.claimDue(later, 2)).map(({ id }) => id)
      expect([reviews, images]).toMatchObject({ 0: { length: 2 }, 1: { length: 2 } })
      await stores[1].transaction(async second => {
        const otherReviews = await second.reviews.claim(later, 100)
        expect(new Set([...reviews, ...otherReviews]).size).toBe(reviews.length + otherReviews.length)
        expect(otherReviews.length).toBeGreaterThan(0)
        const others = (await second.bin.claimDue(later, 100)).map(({ id }) => id)
        expect(others).toHaveLength(1)
        expect(images).not.toContain(others[0])
      })
    })
  })

  it('delete an image or list it in an index, and never both', async () => {
    await rounds(async n => {
      const child = await newImage(replica(n), `child ${n}`)
      const [pushed, { failures }] = await Promise.all([
        outcomeOf(pushIndex(replica(n), child)),
        deleteImages(replica(n + 1), CALLER, repository, [{ digest: child }]),
      ])
      const isHeld = failures.some(({ failure }) => failure.kind === 'heldByIndexes')
      expect([pushed, isHeld]).toEqual(pushed === 'done' ? ['done', true] : ['manifestChildrenUnknown', false])
      expect((await inTheRepository(child)).size).toBe(isHeld ? 1 : 0)
    })
  })

  it('delete an image with the last of its tags, whichever that is', async () => {
    await rounds(async n => {
      const digest = await newImage(replica(n), `image ${n}`, `a${n}`, `b${n}`)
      const deleted = [`a${n}`, `b${n}`].map((tag, side) =>
        deleteImages(replica(n + side), CALLER, repository, [{ tag: parseTag(tag) }]),
      )
      expect((await Promise.all(deleted)).map(plan => plan.images.length).sort()).toEqual([0, 1])
      expect((await inTheRepository(digest)).size).toBe(0)
    })
  })

  it('store a digest once that many commit at once', async () => {
    const bytes = Buffer.from(`${repository.name} the same`)
    await rounds(n => commitBlob(replica(n), bytes))
    const blob = await stores[0].rows.blobs.find(repository.id, digestOf(bytes))
    const journal = await journalledKeys(stores[0].rows)
    expect(new Set(journal).size).toBe(ROUNDS - 1)
    expect(journal).not.toContain(blob?.storageKey)
    await new Removals(replica(0), error => expect.fail(String(error))).emptyJournal()
  })

  it('count every image once, and point a tag that all of them push to one', async () => {
    const digests = await rounds(n => newImage(replica(n), `image ${n}`, 'latest', `v${n}`))
    expect(await imageCount()).toBe(ROUNDS)
    const [latest, ...others] = await stores[1].rows.tags.find(repository.id, [parseTag('latest')])
    expect(others).toEqual([])
    expect(digests).toContain(latest?.digest)
  })

  it('push the same image at once, and it is new once', async () => {
    const config = await commitBlob(replica(0), Buffer.from(`${repository.name} config`))
    const pushed = await rounds(n => pushImage(replica(n), config, 'latest'))
    expect(pushed.filter(({ changed }) => changed)).toHaveLength(1)
    expect(await imageCount()).toBe(1)
  })

  it('hold the quotas of images and of tags', async () => {
    const configs = await rounds(n => commitBlob(replica(n), Buffer.from(`${repository.name} config ${n}`)))
    const context = (n: number) => replica(n, { imagesPerRepository: 5, tagsPerImage: 7 })
    const images = await Promise.all(configs.map((config, n) => outcomeOf(pushImage(context(n), config))))
    expect(tally(images)).toEqual({ done: 5, quotaExceeded: ROUNDS - 5 })
    const [config] = configs.filter((_, n) => images[n] === 'done')
    if (config === undefined) throw new Error('no image was pushed')
    const tags = await rounds(n => outcomeOf(pushImage(context(n), config, `v${n}`)))
    expect(tally(tags)).toEqual({ done: 7, quotaExceeded: ROUNDS - 7 })
  })

  it('make a repository once, and no more of them than the quota', async () => {
    const create = (n: number, name: string, limit = 10_000) =>
      outcomeOf(
        createRepository(replica(n, { repositoriesPerRegistry: limit }), CALLER, {
          accountId: ACCOUNT,
          name: parseRepositoryName(name),
          resourceTags: [],
        }),
      )
    expect(tally(await rounds(n => create(n, 'on/push')))).toEqual({ done: 1, repositoryExists: ROUNDS - 1 })
    const limit = (await stores[0].rows.repositories.count(ACCOUNT)) + 3
    expect(tally(await rounds(n => create(n, `many/${n}`, limit)))).toEqual({ done: 3, quotaExceeded: ROUNDS - 3 })
  })

  it('make the first account of an empty store once', async () => {
    const empty = (await server?.createDatabase()) ?? ''
    const opened = [await openPostgresMetadata({ url: empty }), await openPostgresMetadata({ url: empty })]
    const sealer = createSealer(Buffer.alloc(32))
    let discarded = 0
    // Neither goes on before both have seen that the store is empty.
    const lookedAt: (() => void)[] = []
    const keep = () =>
      new Promise<void>(resolve => {
        lookedAt.push(resolve)
        if (lookedAt.length === opened.length) for (const each of lookedAt) each()
      })
    const credentials = { keep, discard: async () => void discarded++ }
    const made = await Promise.all(
      opened.map(metadata => new Accounts({ ...replica(0), metadata }, sealer, CALLER).bootstrap(false, credentials)),
    )
    expect(discarded).toBe(1)
    expect(made.filter(account => account !== undefined)).toHaveLength(1)
    expect(await opened[0]?.rows.registries.list({ limit: 10 })).toHaveLength(1)
    for (const each of opened) await each.close()
  })

  it('keep every invariant whatever they do at once', async () => {
    const digests = new Map<number, Digest>()
    const perform = async (context: RegistryContext, step: Step): Promise<unknown> => {
      const of = (n: number) => digests.get(n) ?? digestOf(`none ${n}`)
      switch (step.do) {
        case 'push': {
          const digest = await newImage(context, `image ${step.image}`, `v${step.tag}`)
          return digests.set(step.image, digest)
        }
        case 'index':
          return pushIndex(context, ...step.images.map(of))
        case 'delete':
          return deleteImages(context, CALLER, repository, [{ digest: of(step.image) }])
        case 'deleteTag':
          return deleteImages(context, CALLER, repository, [{ tag: parseTag(`v${step.tag}`) }])
        case 'restore':
          return restoreImages(context, CALLER, repository, [{ digest: of(step.image) }])
        case 'purge':
          return purgeImages(context, CALLER, repository, [{ digest: of(step.image) }])
        case 'collect':
          return collect(context)
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyStep, { maxLength: 8 }), { minLength: 4, maxLength: 6 }), async workers => {
        const outcomes = await Promise.all(
          workers.map(async (steps, n) => {
            const seen: string[] = []
            for (const step of steps) seen.push(await outcomeOf(perform(replica(n), step)))
            return seen
          }),
        )
        // A blob may be collected between its commit and its manifest, for its lease is over.
        const allowed = ['done', 'manifestBlobsUnknown', 'manifestChildrenUnknown']
        expect(outcomes.flat().filter(outcome => !allowed.includes(outcome))).toEqual([])
        await expectSound()
      }),
      { numRuns: 15 },
    )
  })

  /** The invariants that no foreign key holds; those that one does cannot be broken. */
  async function expectSound(): Promise<void> {
    const { rows } = stores[1]
    const images = await rows.images.list(repository.id, { limit: 1_000 })
    expect(await imageCount()).toBe(images.length)
    const faults = await server?.query(
      `select t.tag from tags t left join manifests m using (repository_id, digest) where m.digest is null
       union all select name from repositories r where bin_count <>
         (select count(*) from deleted_images d where d.repository_id = r.id)
       union all select b.blob from manifest_blobs b left join blobs on blobs.digest = b.blob where blobs.digest is null
       union all select storage_key from blobs join removals using (storage_key)
       union all select digest from repository_blobs l left join blob_reviews r using (digest) where r.digest is null
         and not exists (select from manifest_blobs b where b.repository_id = l.repository_id and b.blob = l.digest)`,
      url,
    )
    expect(faults).toEqual([])
    for (const { storage_key } of (await server?.query('select storage_key from blobs', url)) ?? [])
      expect(await blobs.sizeBytes(storage_key as StorageKey), 'bytes of a blob').toBeDefined()
  }
})

/** What came of it: `done`, or the kind of problem. Anything else fails the test. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'done'
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.kind
    throw error
  }
}

function tally(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
