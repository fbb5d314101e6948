import { expect, it } from 'vitest'
import { AdminError, RegistryError } from '../domain/problem.ts'
import { NoRegistry } from '../ports/database-refused.ts'
import { explain } from './explain.ts'

it('has one line for whatever ends the program, and no stack', () => {
  const errors = [
    new AdminError({ kind: 'accessKeyNotFound', accessKeyId: 'AKIAX' }),
    new NoRegistry('/data/berth.db'),
    Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'open', path: '/data' }),
    Object.assign(new Error('database disk image is malformed'), { errcode: 11 }),
    new TypeError('undefined is not a function\nsecond line'),
    'text',
  ]
  for (const error of errors) expect(explain(error)).toMatch(/^[^\n]*[^.]\.$/)
})

it('says why a store went away in the middle of the work, once', () => {
  const cause = Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect', address: '::1', port: 9 })
  const outage = (what: string) => new RegistryError({ kind: 'unavailable', what, retryAfterSeconds: 5 }, { cause })
  const told = 'The blob store does not answer: nobody listens at [::1]:9. Start it there, or give its right address.'
  expect(explain(outage('The blob store does not answer.'))).toBe(told)
  expect(explain(outage(told))).toBe(told)
})

it('tells of a fault of its own where it happened', () => {
  expect(explain(new TypeError('x is not a function.'))).toMatch(
    /^berthd met a fault of its own, which is worth a report: x is not a function \(at .*explain\.test\.ts.*\)\.$/,
  )
})
