import fc from 'fast-check'
import { expect, it } from 'vitest'
import { image } from '../clean.arbitrary.ts'
import type { Removal } from '../plan/plan.ts'
import { batchesOf, idsOf } from './batches.ts'

const removals: fc.Arbitrary<Removal[]> = fc
  .array(fc.tuple(fc.nat(3), fc.nat({ max: 130 }), fc.boolean()), { maxLength: 60 })
  .map(drafts =>
    drafts.map(([level, count, tagsOnly], i) => {
      const tags = Array.from({ length: count }, (_, number) => `t${number}`)
      const some = tagsOnly && count > 1 ? { tags: tags.slice(1, 101) } : {}
      return { image: image(String(i), 1, tags), ...some, reason: '', level, holders: [] }
    }),
  )

it('batches have every removal once, at most 100 ids, and no level begins before the one above it', () => {
  fc.assert(
    fc.property(removals, given => {
      const levels = [...batchesOf(given)]
      const sent = levels.flat(2)
      expect(new Set(sent)).toEqual(new Set(given))
      expect(sent).toHaveLength(given.length)
      for (const batch of levels.flat()) {
        const ids = batch.flatMap(removal => idsOf(removal, { pairs: true }))
        expect(ids.length).toBeGreaterThan(0)
        expect(ids.length).toBeLessThanOrEqual(100)
      }
      const order = levels.map(batches => new Set(batches.flat().map(({ level }) => level)))
      for (const level of order) expect(level.size).toBe(1)
      expect(order.map(([level]) => level)).toEqual([...new Set(given.map(({ level }) => level))].sort((a, b) => a - b))
    }),
  )
})

it('fills batches', () => {
  const many = Array.from({ length: 250 }, (_, i) => ({ image: image(String(i)), reason: '', level: 0, holders: [] }))
  expect([...batchesOf(many)].flat().map(batch => batch.length)).toEqual([100, 100, 50])
})

it('names a tagged image by its tags with its digest, and what has none or too many by its digest', () => {
  const whole = (tags: string[]) =>
    idsOf({ image: image('x', 1, tags), reason: '', level: 0, holders: [] }, { pairs: false })
  expect(whole(['a', 'b'])).toEqual([
    { imageDigest: 'sha256:x', imageTag: 'a' },
    { imageDigest: 'sha256:x', imageTag: 'b' },
  ])
  expect(whole([])).toEqual([{ imageDigest: 'sha256:x' }])
  expect(whole(Array.from({ length: 101 }, (_, i) => `t${i}`))).toEqual([{ imageDigest: 'sha256:x' }])
})

it('names a tag of an image that stays in the way that cannot take the image', () => {
  const removal = { image: image('x', 1, ['a', 'b']), tags: ['a'], reason: '', level: 0, holders: [] }
  expect(idsOf(removal, { pairs: false })).toEqual([{ imageTag: 'a' }])
  expect(idsOf(removal, { pairs: true })).toEqual([{ imageDigest: 'sha256:x', imageTag: 'a' }])
})
