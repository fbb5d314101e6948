import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LruCache } from './lru-cache.ts'

it('forgets what was used longest ago', () => {
  const cache = new LruCache<string, number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  expect(cache.get('a')).toBe(1)
  cache.set('c', 3)
  expect(['a', 'b', 'c'].map(key => cache.get(key))).toEqual([1, undefined, 3])
})

it('never weighs more than it may, and gives back only what was set last', () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.option(fc.string({ maxLength: 6 }), { nil: undefined })))
  fc.assert(
    fc.property(steps, taken => {
      const cache = new LruCache<number, string>(10, text => text.length)
      const last = new Map<number, string>()
      for (const [key, text] of taken) {
        if (text === undefined) {
          cache.delete(key)
          last.delete(key)
        } else {
          cache.set(key, text)
          last.set(key, text)
          expect(cache.get(key)).toBe(text)
        }
        const held = [0, 1, 2, 3, 4, 5].flatMap(each => cache.get(each) ?? [])
        expect(held.join('').length).toBeLessThanOrEqual(10)
        for (const each of last.keys()) expect([undefined, last.get(each)]).toContain(cache.get(each))
      }
    }),
  )
})
