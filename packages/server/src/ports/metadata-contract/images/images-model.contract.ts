import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Digest } from '../../../domain/digest.ts'
import type { Tag } from '../../../domain/names.ts'
import type { MetadataStore } from '../../metadata-store.ts'
import type { Page, RepositoryId } from '../../rows/common.ts'
import {
  ACCOUNT,
  addRegistry,
  digest,
  manifest,
  newRepository,
  putImage,
  tag,
  type WithStore,
  walk,
} from '../testing/fixtures.ts'

const DIGESTS = Array.from({ length: 6 }, (_, n) => digest(`model ${n}`))
const TAGS = ['v1', 'v10', 'v2', 'V2', '_latest', 'a.b'].map(tag)

/** What a repository's images are, in two maps. */
interface Model {
  readonly images: Set<Digest>
  readonly tags: Map<Tag, { digest: Digest; createdAt: number }>
}

type Step =
  | { do: 'put'; digest: Digest }
  | { do: 'putTag'; tag: Tag; digest: Digest }
  | { do: 'deleteTags'; tags: Tag[] }
  | { do: 'delete'; digests: Digest[] }

const anyDigest = fc.constantFrom(...DIGESTS)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), digest: anyDigest }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('putTag' as const), tag: fc.constantFrom(...TAGS), digest: anyDigest }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('deleteTags' as const), tags: fc.subarray(TAGS, { minLength: 1 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('delete' as const), digests: fc.subarray(DIGESTS, { minLength: 1 }) }),
  },
)

/** Images and tags do what two maps would do, and the image count is right, after any steps. */
export function imageModelContract(withStore: WithStore): void {
  it(
    'agree with two maps after any steps',
    withStore(async store => {
      await store.transaction(rows => addRegistry(rows))
      let repositories = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 4 }), async (steps, limit) => {
          const row = newRepository(`model/${repositories++}`)
          const { id } = await store.transaction(rows => rows.repositories.create(row))
          const model: Model = { images: new Set(), tags: new Map() }
          for (const [time, each] of steps.entries()) await run(store, id, model, each, time)
          await expectSame(store, id, model, limit)
          expect(await store.rows.repositories.find(ACCOUNT, row.name)).toMatchObject({ imageCount: model.images.size })
        }),
        { numRuns: 40 },
      )
    }),
  )
}

async function run(store: MetadataStore, id: RepositoryId, model: Model, step: Step, time: number): Promise<void> {
  await store.transaction(async rows => {
    switch (step.do) {
      case 'put':
        expect(await putImage(rows, manifest(id, step.digest))).toBe(!model.images.has(step.digest))
        model.images.add(step.digest)
        break
      case 'putTag':
        if (!model.images.has(step.digest)) break
        await rows.tags.put([{ repositoryId: id, tag: step.tag, digest: step.digest, createdAt: time }])
        if (model.tags.get(step.tag)?.digest !== step.digest) {
          model.tags.set(step.tag, { digest: step.digest, createdAt: time })
        }
        break
      case 'deleteTags':
        await rows.tags.delete(id, step.tags)
        for (const each of step.tags) model.tags.delete(each)
        break
      case 'delete':
        await rows.images.delete(id, step.digests, time)
        for (const each of step.digests) {
          model.images.delete(each)
          for (const [name, { digest: target }] of model.tags) if (target === each) model.tags.delete(name)
        }
        break
    }
  })
}

async function expectSame(store: MetadataStore, id: RepositoryId, model: Model, limit: number): Promise<void> {
  const { images, tags } = store.rows
  const tagged = [...model.tags].map(([name, row]) => ({ repositoryId: id, tag: name, ...row }))
  tagged.sort((a, b) => (a.tag < b.tag ? -1 : 1))

  expect(await images.existing(id, DIGESTS)).toEqual(model.images)
  const listed = await walk(
    (page: Page<Digest>) => images.list(id, page),
    row => row.digest,
    limit,
  )
  expect(listed.map(row => row.digest)).toEqual([...model.images].sort())
  expect(
    await walk(
      (page: Page<Tag>) => tags.list(id, page),
      row => row.tag,
      limit,
    ),
  ).toEqual(tagged)
  expect(await tags.find(id, TAGS)).toEqual(tagged)
  const byImage = [...DIGESTS].sort().flatMap(each => tagged.filter(row => row.digest === each))
  expect(await tags.of(id, DIGESTS)).toEqual(byImage)
  for (const each of DIGESTS) {
    expect(await tags.count(id, [each])).toBe(tagged.filter(row => row.digest === each).length)
  }
}
