import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { SECONDS } from './slowest-first.ts'

it('names files that are there', () => {
  const root = new URL('../', import.meta.url)
  expect(Object.keys(SECONDS).filter(path => !existsSync(new URL(path, root)))).toEqual([])
})
