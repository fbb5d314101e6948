import { parseLifecyclePolicy } from '@berth/lifecycle'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, image, NOTHING, NOW, repositories } from '../clean.arbitrary.ts'
import { type Family, type Image, NO_FAMILY } from '../inventory/image.ts'
import { spreadPulls } from '../inventory/spread-pulls.ts'
import { glob } from './glob.ts'
import { type Selectors, selectImages } from './select.ts'

const choose = (images: readonly Image[], selectors: Partial<Selectors>, family: Family = NO_FAMILY) =>
  Object.fromEntries(
    [...selectImages(images, family, { ...NOTHING, ...selectors }, NOW)].map(([{ digest }, { tags, reason }]) => [
      digest.slice('sha256:'.length),
      tags ? `${reason} [${tags.join()}]` : reason,
    ]),
  )
const globs = (...patterns: string[]) => patterns.map(glob)

describe('selectors', () => {
  const old = image('old', 40, ['pr-1'])
  const young = image('young', 10, ['pr-2'])
  const bare = image('bare', 40)

  it('must all be met', () => {
    expect(choose([old, young, bare], { olderThanMs: 30 * DAY })).toEqual({
      old: 'older than 30d',
      bare: 'older than 30d',
    })
    expect(choose([old, young, bare], { olderThanMs: 30 * DAY, untagged: true })).toEqual({
      bare: 'untagged, older than 30d',
    })
    expect(choose([old, young, bare], { olderThanMs: 30 * DAY, tags: globs('pr-*') })).toEqual({
      old: 'tag pr-*, older than 30d',
    })
  })

  it('leave alone what was pushed just so long ago', () => {
    expect(choose([image('edge', 30)], { olderThanMs: 30 * DAY })).toEqual({})
  })

  it('take what has no date for new', () => {
    const undated = image('undated', 0, [], { pushedAt: Number.POSITIVE_INFINITY })
    expect(choose([undated], { olderThanMs: 0 })).toEqual({})
    expect(choose([undated], { notPulledForMs: 0 })).toEqual({})
    expect(Object.keys(choose([undated, bare], { keep: 1 }))).toEqual(['bare'])
  })

  it('take what outlived its subject where untagged images are meant, and count it nowhere', () => {
    const images = [image('A', 9, ['a']), image('B', 8, ['b']), image('orphan', 1), image('bare', 2)]
    const family = { ...NO_FAMILY, orphans: new Set(['sha256:orphan']) }
    expect(Object.keys(choose(images, { keep: 2 }, family))).toEqual(['A'])
    expect(Object.keys(choose(images, { untagged: true }, family))).toEqual(['orphan', 'bare'])
    expect(Object.keys(choose(images, { untagged: true, keep: 1 }, family))).toEqual(['orphan'])
    expect(Object.keys(choose(images, { olderThanMs: 0 }, family))).toEqual(['A', 'B', 'orphan', 'bare'])
    const parsed = parseLifecyclePolicy(
      JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 2 },
            action: { type: 'expire' },
          },
        ],
      }),
    )
    if (!parsed.ok) throw new Error('a policy')
    expect(Object.keys(choose(images, { policy: parsed.policy }, family))).toEqual(['A'])
  })

  it('keep count of images, and not of what is attached to them by a tag', () => {
    const digest = '0'.repeat(64)
    const images = [
      image('A', 9, ['a']),
      image('B', 8, ['b']),
      image('signature', 7, [`sha256-${digest}.sig`]),
      image('referrers', 6, [`sha256-${digest}`]),
      image('both', 5, [`sha256-${digest}.att`, 'v1']),
    ]
    expect(Object.keys(choose(images, { keep: 2 }))).toEqual(['A'])
    expect(Object.keys(choose(images, { keep: 1, tags: globs('sha256-*.sig') }))).toEqual([])
    expect(Object.keys(choose(images, { tags: globs('sha256-*.sig') }))).toEqual(['signature'])
  })

  it('take the matching tags only where an image has others', () => {
    const both = image('both', 1, ['pr-1', 'v1'])
    expect(choose([both], { tags: globs('pr-*') })).toEqual({ both: 'tag pr-* [pr-1]' })
    expect(choose([both], { tags: globs('pr-*', 'v*') })).toEqual({ both: 'tag pr-* and v*' })
  })

  it('never take an image with a tag that is excepted', () => {
    expect(choose([image('both', 90, ['pr-1', 'latest'])], { tags: globs('pr-*'), notTags: globs('latest') })).toEqual(
      {},
    )
  })

  it('count a pull, and for what was never pulled its push', () => {
    const pulled = image('pulled', 90, [], { lastPulledAt: NOW - 5 * DAY })
    const forgotten = image('forgotten', 90, [], { lastPulledAt: NOW - 80 * DAY })
    expect(choose([pulled, forgotten, young, bare], { notPulledForMs: 30 * DAY })).toEqual({
      forgotten: 'not pulled for 30d',
      bare: 'not pulled for 30d',
    })
  })

  it('take what a lifecycle policy expires', () => {
    const selection = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 }
    const rules = [{ rulePriority: 7, selection, action: { type: 'expire' } }]
    const parsed = parseLifecyclePolicy(JSON.stringify({ rules }))
    if (!parsed.ok) throw new Error('the policy is not valid')
    expect(choose([old, young, bare], { policy: parsed.policy })).toEqual({ bare: 'rule 7' })
  })
})

it('an index counts as pulled when an image was that it lists, by way of others too', () => {
  const family = {
    ...NO_FAMILY,
    listedBy: new Map([
      ['sha256:leaf', ['sha256:inner']],
      ['sha256:inner', ['sha256:outer']],
    ]),
  }
  const pulled = image('leaf', 90, [], { lastPulledAt: NOW - DAY })
  const outer = image('outer', 90, [], { lastPulledAt: NOW - 9 * DAY })
  const spread = spreadPulls([outer, pulled, image('inner', 90), image('other', 90)], family)
  expect(spread.map(({ lastPulledAt }) => lastPulledAt)).toEqual([NOW - DAY, NOW - DAY, NOW - DAY, undefined])
})

describe('--keep', () => {
  const releases = [1, 2, 3, 4].map(age => image(`r${age}`, age, [`v1.${9 - age}`]))
  const builds = [5, 6, 7].map(age => image(`b${age}`, age, [`pr-${age}`]))

  it('keeps the newest of all', () => {
    expect(Object.keys(choose([...builds, ...releases], { keep: 5 }))).toEqual(['b6', 'b7'])
  })

  it('keeps the newest of each pattern', () => {
    const chosen = choose([...releases, ...builds], { keep: 2, tags: globs('v1.*', 'pr-*') })
    expect(Object.keys(chosen)).toEqual(['r3', 'r4', 'b7'])
  })

  it('keeps an image whole that is among the newest of one of its patterns', () => {
    const images = [image('new', 1, ['pr-9']), image('both', 2, ['pr-1', 'v1'])]
    expect(choose(images, { keep: 1, tags: globs('pr-*', 'v*') })).toEqual({})
  })

  it('counts neither what is excepted nor what belongs to another image', () => {
    const family = { ...NO_FAMILY, listedBy: new Map([['sha256:part', ['sha256:r1']]]) }
    const images = [image('latest', 0, ['latest']), image('part', 0), ...releases]
    expect(Object.keys(choose(images, { keep: 3, notTags: globs('latest') }, family))).toContain('r4')
    expect(Object.keys(choose(images, { keep: 3, notTags: globs('latest') }, family))).not.toContain('r3')
  })

  it('counts the untagged images alone where only those are wanted', () => {
    expect(Object.keys(choose([...releases, image('x', 8), image('y', 9)], { keep: 1, untagged: true }))).toEqual(['y'])
  })

  it('keeps the same images in whatever order they are listed', () => {
    fc.assert(
      fc.property(repositories, fc.integer({ min: 1, max: 9 }), ({ images, family }, keep) => {
        const forwards = choose(images, { keep }, family)
        expect(choose(images.toReversed(), { keep }, family)).toEqual(forwards)
      }),
    )
  })
})
