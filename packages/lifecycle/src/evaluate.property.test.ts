import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateLifecycle } from './evaluate.ts'
import type { LifecycleImage } from './image.ts'
import { anyImages, anyPolicy, NOW } from './policy.arbitrary.ts'
import type { LifecyclePolicy, LifecycleRule } from './policy.ts'

const DAY = 24 * 60 * 60 * 1000

/** The rules as the decision words them, with no thought of speed: what goes, and by which rule. */
function model({ rules: all }: LifecyclePolicy, images: readonly LifecycleImage[]): Map<string, number | undefined> {
  const rules = all.filter(({ selection }) => selection.storageClass !== 'archive')
  const looksAt = ({ selection }: LifecycleRule, { tags }: LifecycleImage) => {
    if (selection.tagStatus !== 'tagged') return selection.tagStatus === 'any' || tags.length === 0
    const patterns =
      'tagPrefixList' in selection ? selection.tagPrefixList.map(each => `${each}*`) : selection.tagPatternList
    return patterns.every(each => tags.some(tag => new RegExp(`^${each.replaceAll('*', '.*')}$`).test(tag)))
  }
  const first = (image: LifecycleImage) =>
    rules
      .filter(rule => looksAt(rule, image) && (rule.action.type === 'expire' || !isPart(image)))
      .sort((a, b) => a.rulePriority - b.rulePriority)[0]
  const isPart = ({ tags, parents = [] }: LifecycleImage) => tags.length === 0 && parents.length > 0
  const isNewer = (a: LifecycleImage, b: LifecycleImage) =>
    a.pushedAt > b.pushedAt || (a.pushedAt === b.pushedAt && a.digest > b.digest)
  const lastPull = (image: LifecycleImage): number =>
    Math.max(image.lastPulledAt ?? 0, ...images.filter(({ parents }) => parents?.includes(image.digest)).map(lastPull))
  const marks = (rule: LifecycleRule, image: LifecycleImage): boolean => {
    const { selection } = rule
    const pulledAt = selection.countType === 'sinceImagePulled' ? lastPull(image) : 0
    const since = Math.max(image.pushedAt, pulledAt)
    if (selection.countType !== 'imageCountMoreThan') return (NOW - since) / DAY > selection.countNumber
    const newer = counted.filter(each => looksAt(rule, each) && isNewer(each, image) && isCountedBy(rule, each))
    return isPart(image) || newer.length >= selection.countNumber
  }

  /** What a transition takes Amazon would have archived, and counts for no other rule. */
  const isCountedBy = (rule: LifecycleRule, image: LifecycleImage) => {
    const decisive = first(image)
    return decisive === undefined || decisive === rule || decisive.action.type === 'expire' || !marks(decisive, image)
  }

  const byDigest = new Map(images.map(image => [image.digest, image]))
  const subjectOf = ({ tags, subject = '' }: LifecycleImage) => (tags.length === 0 ? byDigest.get(subject) : undefined)
  const isArtifact = ({ tags, subject }: LifecycleImage) => tags.length === 0 && subject !== undefined
  const counted = images.filter(each => !isArtifact(each) && !isPart(each))
  /** A rule, none because its subject went before, or nothing. */
  function causeOf(image: LifecycleImage): number | 'alone' | undefined {
    const subject = subjectOf(image)
    if (subject !== undefined) return causeOf(subject)
    const rule = first(image)
    const isLookedAt = !isArtifact(image) || isPart(image)
    if (isLookedAt && rule?.action.type === 'expire' && marks(rule, image)) return rule.rulePriority
    return isArtifact(image) && image.outlivedSubject === true ? 'alone' : undefined
  }

  const going = new Map<string, number | undefined>()
  for (const image of images) {
    const cause = causeOf(image)
    if (cause !== undefined) going.set(image.digest, cause === 'alone' ? undefined : cause)
  }
  for (let before = -1; before !== going.size; ) {
    before = going.size
    for (const image of images) {
      const holders = [...(image.parents ?? []), ...[subjectOf(image)?.digest ?? []].flat()]
      if (!holders.every(each => going.has(each))) going.delete(image.digest)
    }
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

  it('takes every index before what it lists, a subject before its artifacts, and all else from the oldest on', () => {
    fc.assert(
      fc.property(anyPolicy(), anyImages, (policy, images) => {
        const expiries = evaluateLifecycle(policy, images, NOW)
        const place = new Map(expiries.map(({ digest }, index) => [digest, index]))
        const tops: number[] = []
        for (const { digest, tags, pushedAt, parents = [], subject } of images) {
          const own = place.get(digest)
          if (own === undefined) continue
          const isArtifact = tags.length === 0 && images.some(each => each.digest === subject)
          for (const holder of isArtifact ? [...parents, subject ?? ''] : parents)
            expect(place.get(holder), `${holder} before ${digest}`).toBeLessThan(own)
          if (parents.length === 0 && !isArtifact) tops[own] = pushedAt
        }
        const inOrder = tops.filter(() => true) // without the holes that the others leave
        expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b))
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
        const given = images.map(({ subject: _, ...image }) =>
          image.parents?.length === 0 ? image : { ...image, tags: [] },
        )
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
