import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DeletionFacts, type ImageId, planDeletion } from './deletion.ts'
import { type Digest, digestOf } from './digest.ts'
import { parseTag, type Tag } from './names.ts'

/** A repository as lists: image n may list images of smaller numbers, and so there is no ring. */
interface Repository {
  readonly images: readonly { readonly digest: Digest; readonly children: readonly Digest[] }[]
  readonly tags: ReadonlyMap<Tag, Digest>
  readonly protectedTags: ReadonlySet<Tag>
}

const digestNumber = (number: number): Digest => digestOf(`image ${number}`)
const tagNumber = (number: number): Tag => parseTag(`t${number}`)

const repositories: fc.Arbitrary<Repository> = fc
  .array(fc.record({ children: fc.array(fc.nat(7), { maxLength: 3 }) }), { minLength: 1, maxLength: 8 })
  .chain(images =>
    fc.tuple(fc.array(fc.nat(images.length - 1), { maxLength: 8 }), fc.subarray([0, 3, 5])).map(([targets, kept]) => ({
      images: images.map(({ children }, number) => ({
        digest: digestNumber(number),
        children: [...new Set(children.filter(child => child < number))].map(digestNumber),
      })),
      tags: new Map(targets.map((image, number) => [tagNumber(number), digestNumber(image)])),
      protectedTags: new Set(kept.map(tagNumber)),
    })),
  )

/** Ids that name something, or nothing, or make no sense; some are there twice. */
const anyId: fc.Arbitrary<ImageId> = fc.oneof(
  fc.nat(8).map(number => ({ imageTag: tagNumber(number) })),
  fc.nat(8).map(number => ({ imageDigest: digestNumber(number) })),
  fc
    .tuple(fc.nat(8), fc.nat(8))
    .map(([tag, image]) => ({ imageTag: tagNumber(tag), imageDigest: digestNumber(image) })),
  fc.constantFrom<ImageId>({}, { imageTag: '-' }, { imageDigest: 'nonsense' }, { imageDigest: 'sha256:ab' }),
)
const idLists = fc.array(anyId, { minLength: 1, maxLength: 12 })

function factsOf({ images, tags, protectedTags }: Repository): DeletionFacts {
  const tagsOf = (digest: Digest) => [...tags].filter(([, to]) => to === digest).map(([tag]) => tag)
  const parentsOf = (digest: Digest) =>
    images.filter(image => image.children.includes(digest)).map(image => image.digest)
  return {
    tags,
    images: new Map(images.map(({ digest }) => [digest, tagsOf(digest)])),
    parents: new Map(images.map(({ digest }) => [digest, parentsOf(digest)])),
    isProtected: tag => protectedTags.has(tag),
  }
}

const keyOf = ({ imageDigest, imageTag }: ImageId) => `${imageDigest ?? ''} ${imageTag ?? ''}`

/** What went and what failed, in an order of its own, so that two answers can be compared. */
function summary(repository: Repository, ids: readonly ImageId[]) {
  const plan = planDeletion(ids, factsOf(repository))
  return {
    deleted: plan.deleted.map(({ digest, tag }) => `${digest} ${tag ?? ''}`).toSorted(),
    failures: plan.failures.map(({ id, failure }) => `${keyOf(id)}: ${JSON.stringify(failure)}`).toSorted(),
    images: plan.images.toSorted(),
    tags: plan.tags.toSorted(),
  }
}

/**
 * The same rules, one step after the other: takes tags that were asked for by name while images keep another one,
 * then images without parents, again and again. What it can do in any order is what the plan must do at once.
 */
function deleteStepByStep(repository: Repository, ids: readonly ImageId[]) {
  let { images } = repository
  const tags = new Map(repository.tags)
  const asked = ids.filter(({ imageTag: tag, imageDigest: digest }) => {
    const own = [...repository.tags].filter(([, to]) => to === digest).map(([each]) => each)
    if (tag === undefined)
      return images.some(image => image.digest === digest) && !own.some(each => repository.protectedTags.has(each))
    if (repository.protectedTags.has(tag as Tag)) return false
    const pointsTo = repository.tags.get(tag as Tag)
    return pointsTo !== undefined && (digest === undefined || digest === pointsTo)
  })
  const askedTags = new Set(asked.map(({ imageTag }) => imageTag).filter(tag => tag !== undefined))
  const askedDigests = new Set(asked.filter(id => id.imageTag === undefined).map(({ imageDigest }) => imageDigest))
  for (let moved = true; moved; ) {
    moved = false
    for (const { digest } of images) {
      const own = [...repository.tags].filter(([, to]) => to === digest).map(([tag]) => tag)
      const allTagsAsked = own.length > 0 && own.every(tag => askedTags.has(tag))
      const held = images.some(image => image.children.includes(digest))
      if (held || !(askedDigests.has(digest) || allTagsAsked)) continue
      images = images.filter(image => image.digest !== digest)
      for (const tag of own) tags.delete(tag)
      moved = true
    }
  }
  for (const [tag, digest] of repository.tags) {
    const others = [...repository.tags].some(([other, to]) => to === digest && !askedTags.has(other))
    if (askedTags.has(tag) && others) tags.delete(tag)
  }
  return { images: images.map(image => image.digest).toSorted(), tags: [...tags.keys()].toSorted() }
}

/** What is left when the plan is carried out. */
function carryOut(repository: Repository, ids: readonly ImageId[]) {
  const { images, tags } = repository
  const plan = planDeletion(ids, factsOf(repository))
  const goes = new Set(plan.images)
  return {
    plan,
    images: images.filter(image => !goes.has(image.digest)),
    tags: new Map([...tags].filter(([tag, digest]) => !goes.has(digest) && !plan.tags.includes(tag))),
  }
}

describe('planDeletion', () => {
  it('does not depend on the order of the ids, nor on how often one is given', () => {
    const shuffled = idLists.chain(ids =>
      fc.tuple(fc.constant(ids), fc.shuffledSubarray([...ids, ...ids], { minLength: ids.length * 2 })),
    )
    fc.assert(
      fc.property(repositories, shuffled, (repository, [ids, others]) => {
        expect(summary(repository, others)).toEqual(summary(repository, ids))
      }),
    )
  })

  it('does what steps one after the other would do in the best order', () => {
    fc.assert(
      fc.property(repositories, idLists, (repository, ids) => {
        const { images, tags } = carryOut(repository, ids)
        const left = { images: images.map(image => image.digest).toSorted(), tags: [...tags.keys()].toSorted() }
        expect(left).toEqual(deleteStepByStep(repository, ids))
      }),
    )
  })

  it('leaves no index without a child, and no tag without its image', () => {
    fc.assert(
      fc.property(repositories, idLists, (repository, ids) => {
        const { images, tags } = carryOut(repository, ids)
        const live = new Set(images.map(image => image.digest))
        for (const { children } of images) for (const child of children) expect(live).toContain(child)
        for (const digest of tags.values()) expect(live).toContain(digest)
      }),
    )
  })

  it('answers every id once: among the deleted or among the failures', () => {
    fc.assert(
      fc.property(repositories, idLists, (repository, ids) => {
        const { plan } = carryOut(repository, ids)
        const failed = plan.failures.map(({ id }) => keyOf(id))
        expect(new Set(failed).size).toBe(failed.length)
        const rows = plan.deleted.map(({ digest, tag }) => `${digest} ${tag ?? ''}`)
        expect(new Set(rows).size).toBe(rows.length)
        for (const id of ids) {
          const { imageDigest, imageTag } = id
          // A digest asks for the image: a tag of it that went by its own id is no answer.
          const gone =
            imageTag === undefined
              ? plan.images.some(digest => digest === imageDigest)
              : plan.deleted.some(({ digest, tag }) => tag === imageTag && (imageDigest ?? digest) === digest)
          expect(gone).toBe(!failed.includes(keyOf(id)))
        }
      }),
    )
  })

  it('reports just what goes: a row for each tag, and one for an image without tags', () => {
    fc.assert(
      fc.property(repositories, idLists, (repository, ids) => {
        const { plan, tags } = carryOut(repository, ids)
        const tagged = new Set(repository.tags.values())
        const expected = [
          ...[...repository.tags].filter(([tag]) => !tags.has(tag)).map(([tag, digest]) => `${digest} ${tag}`),
          ...plan.images.filter(digest => !tagged.has(digest)).map(digest => `${digest} `),
        ]
        expect(plan.deleted.map(({ digest, tag }) => `${digest} ${tag ?? ''}`).toSorted()).toEqual(expected.toSorted())
      }),
    )
  })

  it('names the indexes that stay as what holds an image', () => {
    const [child, first, second] = [digestNumber(0), digestNumber(1), digestNumber(2)]
    const images = [
      { digest: child, children: [] },
      { digest: first, children: [child] },
      { digest: second, children: [child] },
    ]
    const ids = [{ imageDigest: child }, { imageDigest: first }]
    const plan = planDeletion(ids, factsOf({ images, tags: new Map(), protectedTags: new Set() }))
    expect(plan.images).toEqual([first])
    expect(plan.failures).toEqual([
      { id: { imageDigest: child }, failure: { code: 'ImageReferencedByManifestList', parents: [second] } },
    ])
  })

  it('keeps an image that has another tag, also when its digest is given with the tag', () => {
    const digest = digestNumber(0)
    const [one, two] = [tagNumber(1), tagNumber(2)]
    const repository = {
      images: [{ digest, children: [] }],
      tags: new Map([
        [one, digest],
        [two, digest],
      ]),
      protectedTags: new Set<Tag>(),
    }
    const plan = planDeletion([{ imageTag: one, imageDigest: digest }], factsOf(repository))
    expect(plan).toEqual({ images: [], tags: [one], deleted: [{ digest, tag: one }], failures: [] })
  })
})
