import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutPasswords } from './without-passwords.ts'

describe('withoutPasswords', () => {
  it.each([
    ['postgres://berth:hunter2@db/berth', 'postgres://***@db/berth'],
    ['"postgres://berth:hun/ter?2@db:5432/berth?sslmode=require"', '"postgres://***@db:5432/berth?sslmode=require"'],
    ['postgres://db/berth?user=berth&password=hunter2', 'postgres://db/berth?user=berth&password=***'],
    ['host=db user=berth password=hunter2 dbname=berth', 'host=db user=berth password=*** dbname=berth'],
    ['s3://KEY:SECRET@bucket/prefix', 's3://***@bucket/prefix'],
    ['s3://bucket/prefix?endpoint=https://s3.example.org', 's3://bucket/prefix?endpoint=https://s3.example.org'],
    ['./data', './data'],
  ])('%s becomes %s', (text, expected) => expect(withoutPasswords(text)).toBe(expected))

  it('shows no password of any URL', () => {
    const password = fc.string({ minLength: 4 }).filter(text => !/[\s"'@]/.test(text))
    fc.assert(
      fc.property(password, word => {
        expect(withoutPasswords(`--database postgres://u:${word}@db/berth`)).toBe('--database postgres://***@db/berth')
      }),
    )
  })
})
