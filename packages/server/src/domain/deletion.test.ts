import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DeletionFacts, planDeletion, planPurge, protection, stayTogether, withoutProtected } from './deletion.ts'
import { type Digest, digestOf } from './digest.ts'
import type { ImageRef } from './image-ref.ts'
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

/** References to something, or to nothing; some are there twice. */
const anyRef: fc.Arbitrary<ImageRef> = fc.oneof(
  fc.nat(8).map(number => ({ tag: tagNumber(number) })),
  fc.nat(8).map(number => ({ digest: digestNumber(number) })),
  fc.tuple(fc.nat(8), fc.nat(8)).map(([tag, image]) => ({ tag: tagNumber(tag), digest: digestNumber(image) })),
  fc.nat(8).map(number => ({ tag: tagNumber(number), foreign: 'sha256:ab' })),
)
const refLists = fc.array(anyRef, { minLength: 1, maxLength: 12 })

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

const keyOf = ({ digest, tag, foreign }: ImageRef) => `${digest ?? foreign ?? ''} ${tag ?? ''}`

/** What went and what failed, in an order of its own, so that two answers can be compared. */
function summary(repository: Repository, refs: readonly ImageRef[]) {
  const plan = planDeletion(refs, factsOf(repository))
  return {
    deleted: plan.deleted.map(({ digest, tag }) => `${digest} ${tag ?? ''}`).toSorted(),
    failures: plan.failures.map(({ ref, failure }) => `${keyOf(ref)}: ${JSON.stringify(failure)}`).toSorted(),
    images: plan.images.toSorted(),
    tags: plan.tags.toSorted(),
  }
}

/**
 * The same rules, one step after the other: takes tags that were asked for by name while images keep another one,
 * then images without parents, again and again. What it can do in any order is what the plan must do at once.
 */
function deleteStepByStep(repository: Repository, refs: readonly ImageRef[]) {
  let { images } = repository
  const tags = new Map(repository.tags)
  const asked = refs.filter(({ tag, digest, foreign }) => {
    const own = [...repository.tags].filter(([, to]) => to === digest).map(([each]) => each)
    if (tag === undefined)
      return images.some(image => image.digest === digest) && !own.some(each => repository.protectedTags.has(each))
    if (repository.protectedTags.has(tag)) return false
    const pointsTo = repository.tags.get(tag)
    return pointsTo !== undefined && foreign === undefined && (digest === undefined || digest === pointsTo)
  })
  const askedTags = new Set(asked.map(({ tag }) => tag).filter(tag => tag !== undefined))
  const askedDigests = new Set(asked.filter(ref => ref.tag === undefined).map(({ digest }) => digest))
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
function carryOut(repository: Repository, refs: readonly ImageRef[]) {
  const { images, tags } = repository
  const plan = planDeletion(refs, factsOf(repository))
  const goes = new Set(plan.images)
  return {
    plan,
    images: images.filter(image => !goes.has(image.digest)),
    tags: new Map([...tags].filter(([tag, digest]) => !goes.has(digest) && !plan.tags.includes(tag))),
  }
}

describe('planDeletion', () => {
  it('does not depend on the order of the references, nor on how often one is given', () => {
    const shuffled = refLists.chain(refs =>
      fc.tuple(fc.constant(refs), fc.shuffledSubarray([...refs, ...refs], { minLength: refs.length * 2 })),
    )
    fc.assert(
      fc.property(repositories, shuffled, (repository, [refs, others]) => {
        expect(summary(repository, others)).toEqual(summary(repository, refs))
      }),
    )
  })

  it('does what steps one after the other would do in the best order', () => {
    fc.assert(
      fc.property(repositories, refLists, (repository, refs) => {
        const { images, tags } = carryOut(repository, refs)
        const left = { images: images.map(image => image.digest).toSorted(), tags: [...tags.keys()].toSorted() }
        expect(left).toEqual(deleteStepByStep(repository, refs))
      }),
    )
  })

  it('leaves no index without a child, and no tag without its image', () => {
    fc.assert(
      fc.property(repositories, refLists, (repository, refs) => {
        const { images, tags } = carryOut(repository, refs)
        const live = new Set(images.map(image => image.digest))
        for (const { children } of images) for (const child of children) expect(live).toContain(child)
        for (const digest of tags.values()) expect(live).toContain(digest)
      }),
    )
  })

  it('answers every reference once: among the deleted or among the failures', () => {
    fc.assert(
      fc.property(repositories, refLists, (repository, refs) => {
        const { plan } = carryOut(repository, refs)
        const failed = plan.failures.map(({ ref }) => keyOf(ref))
        expect(new Set(failed).size).toBe(failed.length)
        const rows = plan.deleted.map(({ digest, tag }) => `${digest} ${tag ?? ''}`)
        expect(new Set(rows).size).toBe(rows.length)
        for (const ref of refs) {
          // A digest asks for the image: a tag of it that went by its own id is no answer.
          const gone =
            ref.tag === undefined
              ? plan.images.some(digest => digest === ref.digest)
              : plan.deleted.some(
                  ({ digest, tag }) => tag === ref.tag && (ref.digest ?? ref.foreign ?? digest) === digest,
                )
          expect(gone).toBe(!failed.includes(keyOf(ref)))
        }
      }),
    )
  })

  it('reports just what goes: a row for each tag, and one for an image without tags', () => {
    fc.assert(
      fc.property(repositories, refLists, (repository, refs) => {
        const { plan, tags } = carryOut(repository, refs)
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
    const refs = [{ digest: child }, { digest: first }]
    const plan = planDeletion(refs, factsOf({ images, tags: new Map(), protectedTags: new Set() }))
    expect(plan.images).toEqual([first])
    expect(plan.failures).toEqual([{ ref: { digest: child }, failure: { kind: 'heldByIndexes', parents: [second] } }])
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
    const plan = planDeletion([{ tag: one, digest }], factsOf(repository))
    expect(plan).toEqual({ images: [], tags: [one], deleted: [{ digest, tag: one }], failures: [] })
  })
})

describe('planPurge', () => {
  it('leaves no index in the bin without what it lists, and takes all that it may', () => {
    fc.assert(
      fc.property(repositories, fc.array(fc.nat(8)), ({ images }, wanted) => {
        const digests = [...new Set(wanted.map(digestNumber))].filter(digest =>
          images.some(each => each.digest === digest),
        )
        const parents = new Map(
          images.map(({ digest }) => [
            digest,
            images.filter(image => image.children.includes(digest)).map(image => image.digest),
          ]),
        )
        const { going, held } = planPurge(digests, parents)
        for (const { digest, children } of images)
          if (!going.has(digest)) for (const child of children) expect(going).not.toContain(child)
        expect(new Set([...going, ...held.keys()])).toEqual(new Set(digests))
        for (const [digest, { ref, failure }] of held) {
          expect(ref).toEqual({ digest })
          expect(failure.parents.filter(parent => !going.has(parent))).not.toEqual([])
        }
      }),
    )
  })
})

describe('withoutProtected', () => {
  it('keeps what is protected, and what that lists or has attached, to whatever depth', () => {
    const image = (number: number, subject?: number, ...tags: string[]) => ({
      digest: digestNumber(number),
      tags,
      ...(subject !== undefined && { subject: digestNumber(subject) }),
    })
    // 4 lists 3, which lists 2; 1 is attached to 2; 0 is free.
    const expiring = [image(4, undefined, 'keep'), image(3), image(2), image(1, 2), image(0)]
    const parents = new Map([
      [digestNumber(3), [digestNumber(4)]],
      [digestNumber(2), [digestNumber(3)]],
    ])
    const going = (isProtected: (tag: string) => boolean) =>
      withoutProtected(expiring, parents, isProtected).map(({ digest }) => digest)
    expect(going(tag => tag === 'keep')).toEqual([digestNumber(0)])
    expect(going(() => false)).toHaveLength(5)
  })
})

describe('protection', () => {
  it('names the tags that are protected, of those that would go', () => {
    const [one, two] = [tagNumber(1), tagNumber(2)]
    expect(protection([one, two], tag => tag === two)).toEqual({ kind: 'protected', tags: [two] })
    expect(protection([one], tag => tag === two)).toBeUndefined()
  })
})

describe('stayTogether', () => {
  it('keeps every image as long as what needs it, and none longer than anything asks for', () => {
    const pairs = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 12 })
    fc.assert(
      fc.property(pairs, fc.array(fc.nat(9), { minLength: 7, maxLength: 7 }), (numbers, times) => {
        const together = numbers
          .filter(([child, parent]) => child < parent)
          .map(([child, parent]) => ({ child: digestNumber(child), parent: digestNumber(parent) }))
        const until = new Map(times.map((time, number) => [digestNumber(number), time]))
        stayTogether(until, together)
        for (const { child, parent } of together)
          expect(until.get(child) ?? 0).toBeGreaterThanOrEqual(until.get(parent) ?? 0)
        for (const [number, time] of times.entries()) {
          const digest = digestNumber(number)
          const asked = [
            time,
            ...together.filter(pair => pair.child === digest).map(pair => until.get(pair.parent) ?? 0),
          ]
          expect(until.get(digest)).toBe(Math.max(...asked))
        }
      }),
    )
  })
})
