import { expect, it } from 'vitest'
import { groupBy } from './group-by.ts'

it('keeps the order of the items in each group', () => {
  const groups = groupBy(
    ['bb', 'a', 'cc', 'b'],
    text => text.length,
    text => text.toUpperCase(),
  )
  expect([...groups]).toEqual([
    [2, ['BB', 'CC']],
    [1, ['A', 'B']],
  ])
})
