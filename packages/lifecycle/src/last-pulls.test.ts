import { expect, it } from 'vitest'
import { lastPulls } from './last-pulls.ts'

it('looks at each index once, however many images it lists and however often they were pulled', () => {
  // A chain of indexes, each pulled a little later than the one that it lists: in that order each pull would climb it
  // all.
  const names = Array.from({ length: 500 }, (_, n) => `index ${n}`)
  const images = names.map((digest, n) => ({ digest, lastPulledAt: n }))
  let looks = 0
  const latest = lastPulls(images, digest => {
    looks += 1
    const parent = names[names.indexOf(digest) + 1]
    return parent === undefined ? [] : [parent]
  })
  expect(looks).toBe(500)
  expect(new Set(latest.values())).toEqual(new Set(images.map(({ lastPulledAt }) => lastPulledAt)))
  const upwards = lastPulls(images.toReversed(), digest => {
    looks += 1
    const child = names[names.indexOf(digest) - 1]
    return child === undefined ? [] : [child]
  })
  expect(looks).toBe(1_000)
  expect(new Set(upwards.values())).toEqual(new Set([499]))
})
