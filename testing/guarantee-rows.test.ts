import { describe, expect, it } from 'vitest'
import { type ReportedTest, rowsOf, unproven } from './guarantee-rows.ts'

const row = (words: string, file = 'a.test.ts') => ({ document: 'a.md', file, words })
const test = (name: string, state: ReportedTest['state'] = 'passed') => ({ file: 'a.test.ts', name, state })
const missing = (words: string, ...tests: readonly ReportedTest[]) =>
  unproven([row(words)], tests, { isLongRun: false }).length

describe('a guarantee', () => {
  it('is proven by a test that passed, named by words of its name or of its suite', () => {
    expect(missing('keeps it', test('the bin keeps it whole'))).toBe(0)
    expect(missing('begins with %s, and ends', test('begins with a chunk, and ends'))).toBe(0)
    expect(missing('is there $when', test('is there before the push'))).toBe(0)
  })

  it('is not proven by one that is gone, renamed, skipped, to be written or failed', () => {
    expect(missing('keeps it')).toBe(1)
    expect(missing('keeps it', test('keeps them'))).toBe(1)
    for (const state of ['skipped', 'pending', 'failed'] as const)
      expect(missing('keeps it', test('keeps it', state))).toBe(1)
    expect(unproven([row('keeps it', 'b.test.ts')], [test('keeps it')], { isLongRun: false })).toHaveLength(1)
  })

  it('of a contract is proven by any of the tests that run it', () => {
    expect(unproven([row('keeps it', 'b.contract.ts')], [test('sqlite keeps it')], { isLongRun: false })).toEqual([])
    expect(unproven([row('keeps it', 'b.contract.ts')], [test('sqlite')], { isLongRun: false })).toHaveLength(1)
  })

  it('is asked of a part of all tests where the part ran its file, or the packages that run its contract', () => {
    const rows = [row('a'), row('b', 'b.test.ts'), row('c', 'c.contract.ts')]
    expect(rowsOf(rows, [test('x')])).toEqual([row('a')])
    const ofPackage = { ...test('x'), file: 'packages/server/src/x.test.ts' }
    expect(rowsOf(rows, [ofPackage])).toEqual([row('c', 'c.contract.ts')])
  })

  it('of the long run is looked at there', () => {
    const long = [row('keeps it', 'a.long.test.ts')]
    expect(unproven(long, [], { isLongRun: false })).toEqual([])
    expect(unproven(long, [], { isLongRun: true })).toEqual(long)
  })
})
