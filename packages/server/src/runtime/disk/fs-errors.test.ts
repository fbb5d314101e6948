import { describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { fsError } from './fs-errors.ts'

const systemError = (code: string) => Object.assign(new Error(code), { code })

describe('fsError', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])('takes %s for a shortage that may pass', code => {
    const cause = systemError(code)
    const failure = fsError(cause)
    if (!isProblem(failure, 'unavailable')) return expect.unreachable(`${code} is a shortage`)
    expect(failure.problem.retryAfterSeconds).toBeGreaterThan(0)
    expect(failure.cause).toBe(cause)
  })

  it('leaves every other error alone', () => {
    for (const error of [systemError('EIO'), new Error('no code'), 'not an error']) expect(fsError(error)).toBe(error)
  })
})
