import { describe, expect, it } from 'vitest'
import { isOutage } from '../../domain/problem.ts'
import { fsError } from './fs-errors.ts'

const systemError = (code: string) => Object.assign(new Error(code), { code })

describe('fsError', () => {
  it.each([
    ['ENOSPC', 'storageFull', 'The disk that holds the blobs is full.'],
    ['EDQUOT', 'storageFull', 'The disk that holds the blobs is full.'],
    ['EMFILE', 'unavailable', 'The server has too many files open.'],
    ['ENFILE', 'unavailable', 'The server has too many files open.'],
    ['EROFS', 'unavailable', 'The disk that holds the blobs is read-only.'],
    ['EACCES', 'unavailable', 'The server may not write to the folder of the blobs.'],
    ['EPERM', 'unavailable', 'The server may not write to the folder of the blobs.'],
    ['EIO', 'unavailable', 'The disk that holds the blobs could not be read or written.'],
    ['ENOENT', 'unavailable', 'The folder of the blobs is not there.'],
  ])('takes %s for an outage that may pass, and says what it is', (code, kind, what) => {
    const cause = systemError(code)
    const failure = fsError(cause, 'the blobs')
    if (!isOutage(failure)) return expect.unreachable(`${code} is an outage`)
    expect(failure.problem).toMatchObject({ kind, what })
    expect(failure.problem.retryAfterSeconds).toBeGreaterThan(0)
    expect(failure.cause).toBe(cause)
  })

  it('leaves every other error alone', () => {
    for (const error of [systemError('EINVAL'), new Error('no code'), 'not an error'])
      expect(fsError(error, 'the blobs')).toBe(error)
  })
})
