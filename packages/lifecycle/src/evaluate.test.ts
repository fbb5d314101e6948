import { describe, expect, it } from 'vitest'
import { evaluateLifecycle } from './evaluate.ts'
import type { LifecycleImage } from './image.ts'
import type { CountSelection, LifecyclePolicy, TagSelection } from './policy.ts'

const DAY = 24 * 60 * 60 * 1000
const NOW = Date.UTC(2026, 0, 31)

const keep = (countNumber: number): CountSelection => ({ countType: 'imageCountMoreThan', countNumber })
const days = (countNumber: number): CountSelection => ({
  countType: 'sinceImagePushed',
  countUnit: 'days',
  countNumber,
})
const notPulledFor = (countNumber: number): CountSelection => ({
  countType: 'sinceImagePulled',
  countUnit: 'days',
  countNumber,
})
const prefixes = (...tagPrefixList: string[]): TagSelection => ({ tagStatus: 'tagged', tagPrefixList })
const patterns = (...tagPatternList: string[]): TagSelection => ({ tagStatus: 'tagged', tagPatternList })
const untagged: TagSelection = { tagStatus: 'untagged' }
const any: TagSelection = { tagStatus: 'any' }

/** Rules with the priorities 1, 2, and so on. */
const policy = (...rules: [TagSelection, CountSelection][]): LifecyclePolicy => ({
  rules: rules.map(([tags, count], index) => ({
    rulePriority: index + 1,
    selection: { ...tags, ...count },
    action: { type: 'expire' },
  })),
})

const image = (
  digest: string,
  age: number,
  tags: string[] = [],
  more: Partial<LifecycleImage> = {},
): LifecycleImage => ({
  digest,
  tags,
  pushedAt: NOW - age * DAY,
  ...more,
})

/** Every image that goes, with the rule that took it: `A1` is image A by rule 1. */
const evaluated = (rules: LifecyclePolicy, ...images: LifecycleImage[]) =>
  evaluateLifecycle(rules, images, NOW).map(({ digest, rulePriority }) => `${digest}${rulePriority}`)

describe('the examples of ECR', () => {
  it('age: images with a tag that starts as given, older than some days', () => {
    const images = [
      image('A', 15, ['prod-1']),
      image('B', 15, ['test-1']),
      image('C', 14, ['prod-2']),
      image('D', 1, ['prod-3']),
    ]
    expect(evaluated(policy([patterns('prod*'), days(14)]), ...images)).toEqual(['A1'])
  })

  it('count: all untagged images but the newest', () => {
    const images = [image('A', 1), image('B', 3), image('C', 2), image('D', 4, ['kept'])]
    expect(evaluated(policy([untagged, keep(1)]), ...images)).toEqual(['B1', 'C1'])
  })

  const shared = [image('A', 10, ['web-1', 'api-1']), image('B', 9, ['web-2', 'api-2']), image('C', 8, ['web-3'])]

  it('several rules: what a rule looks at and keeps, no later rule takes', () => {
    expect(evaluated(policy([prefixes('api'), keep(1)], [prefixes('web'), keep(1)]), ...shared)).toEqual(['A1'])
  })

  it('several rules, the other way around: the priority decides', () => {
    expect(evaluated(policy([prefixes('web'), keep(1)], [prefixes('api'), keep(1)]), ...shared)).toEqual(['A1', 'B1'])
  })

  it('several tags in a rule: images must have them all', () => {
    const images = [
      image('A', 12, ['red-1']),
      image('B', 11, ['blue-1']),
      image('C', 10, ['red-2', 'blue-2']),
      image('D', 4, ['red-3']),
      image('E', 3, ['blue-3']),
      image('F', 2, ['red-4', 'blue-4']),
    ]
    expect(evaluated(policy([patterns('red*', 'blue*'), days(5)]), ...images)).toEqual(['C1'])
  })

  it('several tags in a rule: others beside them do not matter', () => {
    const images = [
      image('A', 10, ['red-1', 'blue-1', 'green-1']),
      image('B', 9, ['red-2', 'blue-2']),
      image('C', 8, ['red-3', 'blue-3', 'green-2']),
    ]
    expect(evaluated(policy([prefixes('red', 'blue'), keep(1)]), ...images)).toEqual(['A1', 'B1'])
  })

  it('all images: the newest stays, tagged or not', () => {
    const images = [image('A', 4, ['red-1']), image('B', 3, ['blue-1']), image('C', 2), image('D', 1, ['red-2'])]
    expect(evaluated(policy([any, keep(1)]), ...images)).toEqual(['A1', 'B1', 'C1'])
  })

  it('every kind of rule: the last counts all images, and takes only those that no other looked at', () => {
    const images = [
      image('A', 4, ['red-1', 'blue-1']),
      image('B', 3),
      image('C', 2, ['red-2']),
      image('D', 1.5, ['9fceb02']),
      image('E', 1),
    ]
    const rules = policy([patterns('red*'), keep(1)], [untagged, days(1)], [any, keep(1)])
    expect(evaluated(rules, ...images)).toEqual(['A1', 'B2', 'D3'])
  })
})

describe('ages', () => {
  it('are exact to the millisecond, and must be exceeded', () => {
    const images = [image('A', 7), image('B', 7 + 1 / DAY)]
    expect(evaluated(policy([any, days(7)]), ...images)).toEqual(['B1'])
  })

  it('are those of the last pull, or of the push for images never pulled', () => {
    const images = [
      image('A', 90, ['a'], { lastPulledAt: NOW - 2 * DAY }),
      image('B', 90, ['b'], { lastPulledAt: NOW - 40 * DAY }),
      image('C', 90),
      image('D', 2, [], { lastPulledAt: undefined }),
    ]
    expect(evaluated(policy([any, notPulledFor(30)]), ...images)).toEqual(['B1', 'C1'])
  })

  it('without pulls: an index counts as pulled when an image was that it lists, to whatever depth', () => {
    const pulled = (digest: string, daysAgo: number, ...parents: string[]) =>
      image(digest, 90, [], { lastPulledAt: NOW - daysAgo * DAY, parents })
    const images = [
      image('outer', 90, ['v1']),
      image('inner', 90, [], { parents: ['outer'] }),
      pulled('amd64', 2, 'inner'),
      image('old', 90, ['v0']),
      pulled('arm64', 40, 'old', 'new'),
      // The image in this index is older than the index, and so is the pull of that image.
      image('new', 3, ['v2']),
    ]
    expect(evaluated(policy([any, notPulledFor(30)]), ...images)).toEqual(['old1'])
  })

  it('of images that are pushed after the evaluation are none', () => {
    expect(evaluated(policy([any, days(1)]), image('A', -3))).toEqual([])
  })
})

describe('images of an index', () => {
  const child = (digest: string, age: number, parents: string[], tags: string[] = []) =>
    image(digest, age, tags, { parents })

  it('stay while their index stays, however old', () => {
    const images = [image('I', 1, ['v2']), child('A', 30, ['I']), child('B', 30, ['I']), image('C', 30)]
    expect(evaluated(policy([untagged, days(7)]), ...images)).toEqual(['C1'])
  })

  it('go right after it', () => {
    const images = [child('A', 30, ['I']), image('I', 20, ['v1']), child('B', 25, ['I']), image('C', 28, ['v0'])]
    expect(evaluated(policy([any, days(7)]), ...images)).toEqual(['C1', 'I1', 'A1', 'B1'])
  })

  it('stay after it when their own rule keeps them', () => {
    const images = [image('I', 20, ['dev-1']), child('A', 20, ['I'], ['v1'])]
    expect(evaluated(policy([patterns('v*'), keep(1)], [any, days(7)]), ...images)).toEqual(['I2'])
    expect(evaluated(policy([patterns('dev*'), days(7)]), ...images)).toEqual(['I1'])
  })

  it('wait for the last index that lists them', () => {
    const both = [image('I', 20, ['v1']), child('A', 30, ['I', 'J'])]
    expect(evaluated(policy([any, days(7)]), ...both, image('J', 1, ['v2']))).toEqual(['I1'])
    expect(evaluated(policy([any, days(7)]), ...both, image('J', 10, ['v2']))).toEqual(['I1', 'J1', 'A1'])
  })

  it('stay when an index is known by its digest only', () => {
    expect(evaluated(policy([any, days(7)]), child('A', 30, ['elsewhere']))).toEqual([])
  })

  it('stay at every depth', () => {
    const images = [image('I', 1, ['v1']), child('J', 30, ['I']), child('A', 30, ['J'])]
    expect(evaluated(policy([any, days(7)]), ...images)).toEqual([])
  })

  it('are not counted when they are untagged, and go with their index', () => {
    const versions = [1, 2, 3].flatMap(age => [
      image(`I${age}-`, age, [`v${age}`]),
      child(`A${age}-`, age + 0.1, [`I${age}-`]),
      child(`B${age}-`, age + 0.1, [`I${age}-`]),
    ])
    expect(evaluated(policy([any, keep(2)]), ...versions)).toEqual(['I3-1', 'A3-1', 'B3-1'])
    expect(evaluated(policy([patterns('v*'), keep(2)], [untagged, keep(2)]), ...versions)).toEqual([
      'I3-1',
      'A3-2',
      'B3-2',
    ])
    expect(evaluated(policy([untagged, keep(1)]), ...versions, image('C', 9))).toEqual([])
  })

  it('are counted when they are tagged', () => {
    const images = [image('I', 3, ['v1']), child('A', 2, ['I'], ['v1-arm']), child('B', 1, ['I'], ['v1-x86'])]
    expect(evaluated(policy([patterns('v*'), keep(2)]), ...images)).toEqual(['I1'])
  })

  it('go at any depth: an index of an index of an index, and so on', () => {
    const chain = Array.from({ length: 50_000 }, (_, age) => child(`${age}`, age + 8, age === 0 ? [] : [`${age - 1}`]))
    expect(evaluated(policy([any, days(7)]), ...chain)).toEqual(chain.map(({ digest }) => `${digest}1`))
  })

  it('that list one another, which no digests can, stay', () => {
    const images = [child('A', 30, ['B']), child('B', 30, ['A']), child('C', 30, ['C'])]
    expect(evaluated(policy([any, days(7)]), ...images)).toEqual([])
  })
})

describe('reference artifacts', () => {
  const artifact = (digest: string, age: number, subject: string, more: Partial<LifecycleImage> = {}) =>
    image(digest, age, [], { subject, ...more })

  it('stay with their subject, though a rule looks for untagged images', () => {
    const images = [image('A', 1, ['v1']), artifact('S', 30, 'A'), image('B', 30)]
    expect(evaluated(policy([untagged, days(7)]), ...images)).toEqual(['B1'])
    expect(evaluated(policy([untagged, keep(1)]), ...images)).toEqual([])
  })

  it('go right after it and by its rule, with the artifacts of artifacts', () => {
    const images = [image('A', 9, ['v1']), artifact('S', 1, 'A'), artifact('T', 1, 'S'), image('B', 8, ['v2'])]
    expect(evaluated(policy([untagged, keep(9)], [patterns('v*'), days(7)]), ...images)).toEqual([
      'A2',
      'S2',
      'T2',
      'B2',
    ])
  })

  it('are images like any other with a tag', () => {
    const images = [image('A', 1, ['v1']), artifact('S', 30, 'A', { tags: ['sig'] })]
    expect(evaluated(policy([any, days(7)]), ...images)).toEqual(['S1'])
  })

  it('without their subject are no images to any rule: they neither count nor go by one', () => {
    const images = [image('A', 9, ['v1']), artifact('S', 1, 'missing'), artifact('T', 0, 'S')]
    expect(evaluated(policy([any, keep(1)]), ...images)).toEqual([])
    expect(evaluated(policy([untagged, days(0.5)]), ...images)).toEqual([])
  })

  it('that outlived their subject go by no rule, with what is attached to them, but not with a tag', () => {
    const outlived = { outlivedSubject: true }
    const images = [image('A', 9, ['v1']), artifact('S', 30, 'missing', outlived), artifact('T', 0, 'S', outlived)]
    const tagged = [artifact('U', 30, 'missing', { ...outlived, tags: ['sig'] }), artifact('V', 9, 'A', outlived)]
    const expiries = evaluateLifecycle(policy([any, keep(9)]), [...images, ...tagged], NOW)
    expect(expiries.map(({ digest, rulePriority, subject }) => [digest, rulePriority, subject])).toEqual([
      ['S', undefined, 'missing'],
      ['T', undefined, 'S'],
    ])
  })

  it('that are indexes and outlived their subject go before what they list', () => {
    const index = artifact('S', 30, 'missing', { outlivedSubject: true })
    const images = [image('C', 40, [], { parents: ['S'] }), index, image('A', 1, ['v1'])]
    expect(evaluated(policy([any, keep(1)]), ...images)).toEqual(['Sundefined', 'C1'])
  })

  it('wait for an index that lists them too', () => {
    const images = [image('A', 30, ['v1']), image('I', 1, ['v2']), artifact('S', 30, 'A', { parents: ['I'] })]
    expect(evaluated(policy([any, days(7)]), ...images)).toEqual(['A1'])
  })
})

describe('rules about an archive', () => {
  const transition = (tags: TagSelection, count: CountSelection, rulePriority = 1) => ({
    ...{ rulePriority, selection: { ...tags, ...count } },
    action: { type: 'transition', targetStorageClass: 'archive' } as const,
  })
  const images = [image('A', 400, ['v1']), image('B', 300, ['v2']), image('C', 9, ['v3']), image('D', 8, ['v4'])]

  it('keep what a transition takes, and what it looks at, from all later rules', () => {
    const [expire] = policy([any, keep(1)]).rules
    if (expire === undefined) throw new Error('a rule')
    const later = { ...expire, rulePriority: 2 }
    expect(evaluated({ rules: [transition(any, notPulledFor(90)), later] }, ...images)).toEqual([])
    expect(evaluated({ rules: [transition(prefixes('v1'), days(90)), later] }, ...images)).toEqual(['B2', 'C2'])
  })

  it('do not take back what an earlier rule expires', () => {
    const [expire] = policy([prefixes('v'), days(350)]).rules
    if (expire === undefined) throw new Error('a rule')
    expect(evaluated({ rules: [expire, transition(any, days(90), 2)] }, ...images)).toEqual(['A1'])
  })

  it('do not have what a transition takes counted', () => {
    const [expire] = policy([any, keep(1)]).rules
    if (expire === undefined) throw new Error('a rule')
    const newest = image('E', 1, ['old'])
    const rules = [transition(prefixes('old'), days(0.5)), { ...expire, rulePriority: 2 }]
    expect(evaluated({ rules }, ...images.slice(3), newest)).toEqual([])
  })

  it('match nothing that is in the archive', () => {
    const archived = { tagStatus: 'any', countType: 'sinceImageTransitioned', countUnit: 'days' } as const
    const selection = { ...archived, countNumber: 1, storageClass: 'archive' } as const
    const rules = [{ rulePriority: 1, selection, action: { type: 'expire' } as const }]
    expect(evaluated({ rules: [...rules, transition(any, days(1), 2)] }, ...images)).toEqual([])
    const [expire] = policy([any, keep(3)]).rules
    if (expire === undefined) throw new Error('a rule')
    expect(evaluated({ rules: [...rules, { ...expire, rulePriority: 2 }] }, ...images)).toEqual(['A2'])
  })
})

it('tells of each image what a preview shows', () => {
  const [expiry] = evaluateLifecycle(
    policy([any, days(1)]),
    [image('sha256:a', 2, ['x', 'y'], { lastPulledAt: NOW })],
    NOW,
  )
  expect(expiry).toEqual({ digest: 'sha256:a', tags: ['x', 'y'], pushedAt: NOW - 2 * DAY, rulePriority: 1 })
})

it('follows priorities, not the places of rules in the text', () => {
  const [first, second] = policy([prefixes('web'), keep(1)], [prefixes('api'), keep(1)]).rules
  if (first === undefined || second === undefined) throw new Error('two rules')
  const images = [image('A', 10, ['web-1', 'api-1']), image('B', 9, ['web-2', 'api-2']), image('C', 8, ['web-3'])]
  expect(evaluated({ rules: [second, first] }, ...images)).toEqual(evaluated({ rules: [first, second] }, ...images))
})
