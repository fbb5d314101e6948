import fc from 'fast-check'
import { expect, it } from 'vitest'

it('has properties tried on the same values in CI, and on new ones elsewhere', () => {
  const isSeeded = fc.readConfigureGlobal()?.seed !== undefined
  expect(isSeeded).toBe(process.env['CI'] !== undefined)
  const values = () => {
    const tried: number[] = []
    fc.assert(fc.property(fc.integer(), value => tried.push(value) > 0))
    return tried
  }
  if (isSeeded) expect(values()).toEqual(values())
  else expect(values()).not.toEqual(values())
})
