import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { image, NOTHING, NOW, repositories } from '../clean.arbitrary.ts'
import { type Family, type Image, NO_FAMILY } from '../inventory/image.ts'
import { glob } from '../selection/glob.ts'
import { isPart, type Selectors, selectImages } from '../selection/select.ts'
import { planRemovals } from './plan.ts'

const plan = (images: readonly Image[], family: Family, selectors: Partial<Selectors>) =>
  planRemovals(images, family, selectImages(images, family, { ...NOTHING, ...selectors }, NOW))
const names = (list: readonly { image: Image }[]) => list.map(each => each.image.digest.slice('sha256:'.length))
const listing = (entries: Record<string, readonly string[]>): Family => ({
  ...NO_FAMILY,
  listedBy: new Map(
    Object.entries(entries).map(([child, parents]) => [`sha256:${child}`, parents.map(parent => `sha256:${parent}`)]),
  ),
})

describe('a plan', () => {
  it('takes an index before its images, which go with it', () => {
    const images = [image('arm'), image('amd'), image('index', 1, ['pr-1'])]
    const { removals, held } = plan(images, listing({ arm: ['index'], amd: ['index'] }), { tags: [glob('pr-*')] })
    expect(names(removals)).toEqual(['index', 'arm', 'amd'])
    expect(removals.map(({ level }) => level)).toEqual([0, 1, 1])
    expect(removals[1]?.reason).toBe('listed by sha256:index')
    expect(held).toEqual([])
  })

  it('leaves what a staying index lists, and says so', () => {
    const images = [image('shared'), image('going'), image('staying', 1, ['latest'])]
    const { removals, held } = plan(images, listing({ shared: ['going', 'staying'] }), { untagged: true })
    expect(names(removals)).toEqual(['going'])
    expect(held).toMatchObject([{ reason: 'listed by sha256:staying (latest), which stays' }])
  })

  it('leaves a tagged image of a staying index, though its tag matches', () => {
    const images = [image('child', 9, ['pr-1']), image('index', 1, ['latest'])]
    const { removals, held } = plan(images, listing({ child: ['index'] }), { tags: [glob('pr-*')] })
    expect(removals).toEqual([])
    expect(names(held)).toEqual(['child'])
  })

  it('takes a tagged image of a going index only where it is selected itself', () => {
    const images = [image('child', 9, ['v1']), image('index', 1, ['pr-1'])]
    expect(names(plan(images, listing({ child: ['index'] }), { tags: [glob('pr-*')] }).removals)).toEqual(['index'])
  })

  it('leaves a signature of an image that stays, and takes that of one that goes', () => {
    const images = [image('signature'), image('orphan'), image('signed', 1, ['latest'])]
    const family = { ...NO_FAMILY, attachedTo: new Map([['sha256:signature', 'sha256:signed']]) }
    expect(names(plan(images, family, { untagged: true }).removals)).toEqual(['orphan'])
    expect(names(plan(images, family, { tags: [glob('*')] }).removals)).toEqual(['signed', 'signature'])
  })

  it('leaves an image whose own manifest cannot be read, and takes the others', () => {
    const images = [image('plain'), image('unread'), image('broken')]
    const unread = new Map([
      ['sha256:unread', 'answered 500'],
      ['sha256:elsewhere', 'answered 500'],
    ])
    const planned = plan(images, { ...NO_FAMILY, unread }, { untagged: true })
    expect(names(planned.removals)).toEqual(['plain', 'broken'])
    expect(planned.held).toHaveLength(1)
    expect(planned.held[0]?.reason).toMatch(/^may be attached to another image: .*answered 500/)
    expect([...planned.unread.keys()]).toEqual(['sha256:unread'])
  })

  it('deletes nothing that an unreadable index might list', () => {
    const images = [image('plain'), image('broken')]
    const family = { ...NO_FAMILY, unreadable: new Map([['sha256:broken', 'no answer']]) }
    const { removals, held } = plan(images, family, { untagged: true })
    expect(names(removals)).toEqual(['broken'])
    expect(held).toMatchObject([{ reason: 'may be listed by sha256:broken, which cannot be read' }])
  })

  it('takes very many tags of one image as several removals', () => {
    const tags = Array.from({ length: 250 }, (_, i) => `pr-${i}`)
    const { removals } = plan([image('many', 1, [...tags, 'v1'])], NO_FAMILY, { tags: [glob('pr-*')] })
    expect(removals.map(removal => removal.tags?.length)).toEqual([100, 100, 50])
  })
})

const selections = fc.record<Partial<Selectors>>(
  {
    untagged: fc.boolean(),
    keep: fc.integer({ min: 1, max: 5 }),
    olderThanMs: fc.constantFrom(0, 86_400_000 * 20),
    tags: fc.subarray(['pr-*', 'v?', 'latest']).map(patterns => patterns.map(glob)),
    notTags: fc.subarray(['v1', 'lat*']).map(patterns => patterns.map(glob)),
  },
  { requiredKeys: [] },
)

describe('any plan', () => {
  const check = (
    property: (
      run: ReturnType<typeof plan> & {
        images: Image[]
        family: Family
        going: Set<string>
        selectors: Partial<Selectors>
      },
    ) => void,
  ) =>
    fc.assert(
      fc.property(repositories, selections, ({ images, family }, selectors) => {
        const planned = plan(images, family, selectors)
        const going = new Set(planned.removals.filter(({ tags }) => !tags).map(removal => removal.image.digest))
        property({ ...planned, images, family, going, selectors })
      }),
    )

  it('has no image that a staying index lists, and none before those that name it', () => {
    check(({ removals, family, going }) => {
      const levels = new Map(removals.map(({ image: { digest }, level }) => [digest, level]))
      for (const { image: each, tags, level } of removals) {
        if (tags) continue
        for (const parent of family.listedBy.get(each.digest) ?? []) {
          expect(going.has(parent)).toBe(true)
          expect(levels.get(parent)).toBeLessThan(level)
        }
      }
    })
  })

  it('has no image with an excepted tag, and takes the last tag of none that stays', () => {
    check(({ removals, selectors }) => {
      for (const { image: each, tags } of removals) {
        expect(each.tags.some(tag => selectors.notTags?.some(({ matches }) => matches(tag)))).toBe(false)
        if (tags) expect(each.tags.some(tag => !tags.includes(tag))).toBe(true)
      }
    })
  })

  it('leaves no untagged image behind that only going images name', () => {
    check(({ images, family, going }) => {
      if (family.unreadable.size > 0) return
      for (const each of images.filter(one => isPart(one, family))) {
        const subject = family.attachedTo.get(each.digest)
        const holders = [...(family.listedBy.get(each.digest) ?? []), ...(subject === undefined ? [] : [subject])]
        expect(going.has(each.digest)).toBe(holders.every(holder => going.has(holder)))
      }
    })
  })

  it('deletes nothing but the unreadable index itself while one cannot be read', () => {
    check(({ family, going }) => {
      const unreadable = [...family.unreadable.keys()]
      // Asserted also where nothing goes, so that the test has looked at something whatever the images are.
      const others = [...going].filter(digest => unreadable.length > 1 || digest !== unreadable[0])
      expect(unreadable.length === 0 ? [] : others).toEqual([])
    })
  })

  it('does not depend on the order of the listing', () => {
    check(({ images, family, selectors, removals }) => {
      const other = plan(images.toReversed(), family, selectors)
      const sorted = (list: typeof removals) =>
        list.map(each => `${each.image.digest} ${each.level} ${each.tags?.join()} ${each.reason}`).sort()
      expect(sorted(other.removals)).toEqual(sorted(removals))
    })
  })
})
