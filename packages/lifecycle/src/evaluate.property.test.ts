import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateLifecycle } from './evaluate.ts'
import type { LifecycleImage } from './image.ts'
import { anyImages, anyPolicy, NOW } from './policy.arbitrary.ts'
import type { LifecyclePolicy, LifecycleRule } from './policy.ts'

const DAY = 24 * 60 * 60 * 1000

/** The rules as the decision words them, with no thought of speed: what goes, and by which rule. */
function model({ rules }: LifecyclePolicy, images: readonly LifecycleImage[]): Map<string, number> {
  const looksAt = ({ selection }: LifecycleRule, { tags }: LifecycleImage) => {
    if (selection.tagStatus !== 'tagged') return selection.tagStatus === 'any' || tags.length === 0
    const patterns =
      'tagPrefixList' in selection ? selection.tagPrefixList.map(each => `${each}*`) : selection.tagPatternList
    return patterns.every(each => tags.some(tag => new RegExp(`^${each.replaceAll('*', '.*')}$`).test(tag)))
  }
  const isPart = ({ tags, parents = [] }: LifecycleImage) => tags.length === 0 && parents.length > 0
  const isNewer = (a: LifecycleImage, b: LifecycleImage) =>
    a.pushedAt > b.pushedAt || (a.pushedAt === b.pushedAt && a.digest > b.digest)
  const marks = (rule: LifecycleRule, image: LifecycleImage) => {
    const { selection } = rule
    const since = selection.countType === 'sinceImagePulled' ? (image.lastPulledAt ?? image.pushedAt) : image.pushedAt
    if (selection.countType !== 'imageCountMoreThan') return (NOW - since) / DAY > selection.countNumber
    const newer = images.filter(each => looksAt(rule, each) && !isPart(each) && isNewer(each, image))
    return isPart(image) || newer.length >= selection.countNumber
  }

  const going = new Map<string, number>()
  for (const image of images) {
    const [first] = rules.filter(rule => looksAt(rule, image)).sort((a, b) => a.rulePriority - b.rulePriority)
    if (first !== undefined && marks(first, image)) going.set(image.digest, first.rulePriority)
  }
  for (let before = -1; before !== going.size; ) {
    before = going.size
    for (const { digest, parents = [] } of images) if (!parents.every(each => going.has(each))) going.delete(digest)
  }
  return going
}

const without = (images: readonly LifecycleImage[], gone: ReadonlySet<string>) =>
  images
    .filter(({ digest }) => !gone.has(digest))
    .map(image => ({ ...image, parents: (image.parents ?? []).filter(parent => !gone.has(parent)) }))

describe('evaluating any policy on any images', () => {
  it('takes what the model takes, each by the same rule', () => {
    fc.assert(
      fc.property(anyPolicy(), anyImages, (policy, images) => {
        const expiries = evaluateLifecycle(policy, images, NOW)
        expect(new Map(expiries.map(({ digest, rulePriority }) => [digest, rulePriority]))).toEqual(
          model(policy, images),
        )
        expect(expiries).toHaveLength(model(policy, images).size)
      }),
      { numRuns: 2000 },
    )
  })

  it('takes every index before what it lists, and all else from the oldest on', () => {
    fc.assert(
      fc.property(anyPolicy(), anyImages, (policy, images) => {
        const expiries = evaluateLifecycle(policy, images, NOW)
        const place = new Map(expiries.map(({ digest }, index) => [digest, index]))
        const parentsOf = new Map(images.map(({ digest, parents = [] }) => [digest, parents]))
        for (const { digest } of expiries)
          for (const parent of parentsOf.get(digest) ?? [])
            expect(place.get(parent), `${parent} before ${digest}`).toBeLessThan(place.get(digest) ?? -1)
        const tops = expiries
          .filter(({ digest }) => parentsOf.get(digest)?.length === 0)
          .map(({ pushedAt }) => pushedAt)
        expect(tops).toEqual(tops.toSorted((a, b) => a - b))
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same answer for the images in any order', () => {
    const shuffled = anyImages.chain(images =>
      fc.tuple(fc.constant(images), fc.shuffledSubarray([...images], { minLength: images.length })),
    )
    fc.assert(
      fc.property(anyPolicy(), shuffled, (policy, [images, others]) => {
        expect(evaluateLifecycle(policy, others, NOW)).toEqual(evaluateLifecycle(policy, images, NOW))
      }),
      { numRuns: 500 },
    )
  })

  it('keeps exactly the count, of images that stand for themselves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), anyImages, (countNumber, images) => {
        const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber } as const
        const policy: LifecyclePolicy = { rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] }
        // Images of an index are untagged here, so that they do not count.
        const given = images.map(image => (image.parents?.length === 0 ? image : { ...image, tags: [] }))
        const gone = new Set(evaluateLifecycle(policy, given, NOW).map(({ digest }) => digest))
        const counted = given.filter(({ parents }) => parents?.length === 0)
        expect(counted.filter(({ digest }) => !gone.has(digest))).toHaveLength(Math.min(countNumber, counted.length))
      }),
      { numRuns: 500 },
    )
  })

  it('takes nothing more when it runs again, by rules that count', () => {
    fc.assert(
      fc.property(anyPolicy({ onlyCounts: true }), anyImages, (policy, images) => {
        const gone = new Set(evaluateLifecycle(policy, images, NOW).map(({ digest }) => digest))
        expect(evaluateLifecycle(policy, without(images, gone), NOW)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })
})
