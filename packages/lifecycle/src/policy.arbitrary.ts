import fc from 'fast-check'
import type { LifecycleImage } from './image.ts'
import type { LifecyclePolicy, LifecycleRule, LifecycleSelection } from './policy.ts'

/** Few letters and few of them, so that prefixes, patterns and tags meet often. */
const anyTag = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 5 })
const anyPattern = fc
  .array(fc.constantFrom('a', 'b', '-', '*'), { minLength: 1, maxLength: 6 })
  .map(parts => parts.join(''))
  .filter(pattern => pattern.split('*').length <= 5)
const anyList = (entry: fc.Arbitrary<string>) => fc.array(entry, { minLength: 1, maxLength: 3 })

const anyNumber = fc.integer({ min: 1, max: 5 })
const anyCount = fc.record({ countType: fc.constant('imageCountMoreThan'), countNumber: anyNumber })
const anyAge = fc.record({
  countType: fc.constantFrom('sinceImagePushed', 'sinceImagePulled'),
  countUnit: fc.constant('days'),
  countNumber: anyNumber,
})
const anyTags = fc.oneof(
  fc.record({ tagStatus: fc.constant('tagged'), tagPrefixList: anyList(anyTag) }),
  fc.record({ tagStatus: fc.constant('tagged'), tagPatternList: anyList(anyPattern) }),
  fc.record({ tagStatus: fc.constantFrom('untagged', 'any') }),
)
const anyClass = fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, fc.constant({ storageClass: 'archive' }))
const anyAction = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ type: 'expire' } as const) },
  fc.constant({ type: 'transition', targetStorageClass: 'archive' } as const),
)

/** What a policy must not have twice, or must have last, of each storage class. */
function fitTogether(rules: readonly LifecycleRule[]): boolean {
  const archived = rules.filter(({ selection }) => selection.storageClass === 'archive')
  return fitInClass(archived) && fitInClass(rules.filter(rule => !archived.includes(rule)))
}

function fitInClass(rules: readonly LifecycleRule[]): boolean {
  const prefixes = rules.flatMap(({ selection }) =>
    'tagPrefixList' in selection ? [[...new Set(selection.tagPrefixList)].sort().join()] : [],
  )
  const statuses = rules.map(({ selection }) => selection.tagStatus)
  const alone = (status: string) => statuses.filter(each => each === status).length <= 1
  const highest = Math.max(...rules.map(rule => rule.rulePriority))
  const anyIsLast = rules.every(rule => rule.selection.tagStatus !== 'any' || rule.rulePriority === highest)
  return new Set(prefixes).size === prefixes.length && alone('untagged') && alone('any') && anyIsLast
}

/** Policies that a text may hold, with rules in no particular order. */
export function anyPolicy(of: { onlyCounts?: boolean } = {}): fc.Arbitrary<LifecyclePolicy> {
  const anySelection = fc
    .tuple(anyTags, of.onlyCounts === true ? anyCount : fc.oneof(anyCount, anyAge), anyClass)
    .map(([tags, count, storage]) => ({ ...tags, ...count, ...storage }) as LifecycleSelection)
  const anyRule: fc.Arbitrary<LifecycleRule> = fc.record(
    {
      rulePriority: fc.integer({ min: 1, max: 50 }),
      description: fc.string(),
      selection: anySelection,
      action: anyAction,
    },
    { requiredKeys: ['rulePriority', 'selection', 'action'], noNullPrototype: true },
  )
  return fc
    .uniqueArray(anyRule, { selector: rule => rule.rulePriority, minLength: 1, maxLength: 5 })
    .filter(fitTogether)
    .map(rules => ({ rules }))
}

/** The time at which these images are evaluated, in milliseconds since 1970. */
export const NOW = 10 * 24 * 60 * 60 * 1000

/** Images with times that often coincide. Later images may list an image, and an image may refer to one. */
export const anyImages: fc.Arbitrary<readonly LifecycleImage[]> = fc
  .array(
    fc.record({
      tags: fc.uniqueArray(anyTag, { maxLength: 3 }),
      pushedDay: fc.integer({ min: 0, max: 10 }),
      pulledDay: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
      parents: fc.array(fc.integer({ min: -1, max: 12 }), { maxLength: 2 }),
      subject: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 2 }),
      outlivedSubject: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map(images =>
    images.map(({ tags, pushedDay, pulledDay, parents, subject, outlivedSubject }, index) => ({
      digest: `sha256:${(index * 7) % 13}`,
      tags,
      pushedAt: (pushedDay / 10) * NOW,
      lastPulledAt: pulledDay === undefined ? undefined : (pulledDay / 10) * NOW,
      parents: parents
        .filter(parent => parent === -1 || (parent > index && parent < images.length))
        .map(parent => (parent === -1 ? 'sha256:elsewhere' : `sha256:${(parent * 7) % 13}`)),
      outlivedSubject,
      // Like an index, a subject comes later here, so that there are no cycles; past the end, it is missing.
      subject: subject === undefined || subject <= index ? undefined : `sha256:${(subject * 7) % 13}`,
    })),
  )
