import { expect, it } from 'vitest'
import { parseInteger } from './int.ts'

it.each([
  [' +0_17 ', 17],
  ['-5', -5],
  ['\u0663', 3],
  ['-\uff11\uff12', -12],
  ['\u0967_\u0968', 12],
  ['\u{1d7d8}\u{1d7e3}\u{1d7ff}', 19],
  ['9007199254740993', 9007199254740993n],
])('reads %j as Python does', (text, value) => {
  expect(parseInteger(text)).toBe(value)
})

it.each(['', '+', '1__0', '_1', '1.0', '0x1', '+ 5', '\u00b2'])('reads no integer in %j', text => {
  expect(parseInteger(text)).toBeUndefined()
})
