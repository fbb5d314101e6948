import fc from 'fast-check'
import { expect, it } from 'vitest'
import { naturalKey } from './natural-order.ts'

const inOrder = (tags: readonly string[]) =>
  tags.toSorted((a, b) => (naturalKey(a) < naturalKey(b) ? -1 : naturalKey(a) > naturalKey(b) ? 1 : 0))

it('goes by numbers within names', () => {
  for (const tags of [
    ['v1.8', 'v1.9', 'v1.9-rc1', 'v1.9.1', 'v1.10', 'v1.10.1', 'v2', 'v10'],
    [
      'build-3',
      'build-20',
      'build-100',
      `build-${'9'.repeat(32)}`,
      `build-1${'0'.repeat(32)}`,
      `build-${'9'.repeat(100)}`,
    ],
    ['1', '1-alpine', '1.0', '1_0', '1a', '2', 'Alpha', 'beta', 'Gamma'],
  ])
    expect(inOrder(tags.toReversed())).toEqual(tags)
})

it('is one for names that read alike', () => {
  for (const [a, b] of [
    ['V1', 'v1'],
    ['1.09', '1.9'],
    ['000', '0'],
  ] as const)
    expect(naturalKey(a)).toBe(naturalKey(b))
})

it('is that of numbers, however long they are', () => {
  const digits = fc.stringMatching(/^[0-9]{1,60}$/)
  fc.assert(
    fc.property(digits, digits, (a, b) => {
      const [x, y] = [BigInt(a), BigInt(b)]
      const [first, second] = [naturalKey(`v${a}.z`), naturalKey(`v${b}.z`)]
      expect(first < second ? -1 : first > second ? 1 : 0).toBe(x < y ? -1 : x > y ? 1 : 0)
    }),
  )
})
