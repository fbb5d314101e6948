import { expect, it } from 'vitest'
import { suggestOptions } from './suggest-options.ts'

const names = ['--repository-name', '--registry-id', '--image-ids']

it('names the options that a mistyped one is like', () => {
  expect(suggestOptions(['--repositry-name', 'x', '--image_ids=a'], names)).toBe(
    "\n\nUnknown option: '--repositry-name', maybe you meant:\n\n  * --repository-name" +
      "\n\nUnknown option: '--image_ids', maybe you meant:\n\n  * --image-ids",
  )
})

it('is silent about words, about what is like no option, and about an option in the wrong place', () => {
  expect(suggestOptions(['image-ids', '--nope', '-x', '--image-ids'], names)).toBe('')
})
