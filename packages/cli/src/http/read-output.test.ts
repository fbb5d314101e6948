import { operations } from '@berth/model'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readOutput } from './read-output.ts'

beforeEach(() => void vi.stubEnv('TZ', 'UTC'))
afterAll(() => void vi.unstubAllEnvs())

const shape = operations.DescribeRepositories.output
const read = (createdAt: string, timestamps: 'iso8601' | 'wire' = 'iso8601') => {
  const [repository] = readOutput(shape, `{"repositories":[{"createdAt":${createdAt}}]}`, timestamps).get(
    'repositories',
  ) as ReadonlyMap<string, unknown>[]
  return repository?.get('createdAt')
}

describe('a time in an answer', () => {
  it.each([
    ['1.5', '1970-01-01T00:00:01.500000+00:00'],
    ['"1"', '1970-01-01T00:00:01+00:00'],
    ['true', '1970-01-01T00:00:01+00:00'],
    ['"2022-12-01T00:00:00Z"', '2022-12-01T00:00:00+00:00'],
  ])('may be %s', (given, expected) => {
    expect(read(given)).toBe(expected)
  })

  it.each(['[1]', '{"at":1}'])('is not %s', given => {
    expect(() => read(given)).toThrow(/createdAt/)
  })

  it('stays as it was sent where that is wanted', () => {
    expect(read('true', 'wire')).toBe(true)
    expect(read('"x"', 'wire')).toBe('x')
  })
})
