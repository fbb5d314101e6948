import { describe, expect, it } from 'vitest'
import { CommandError } from '../errors.ts'
import { readExpiration, refreshing } from './refreshing.ts'

const START = Date.UTC(2026, 0, 1)
const MINUTES = 60_000
const at = (minutes: number) => new Date(START + minutes * MINUTES).toISOString()

/** A clock, and a source of keys that end at the given minutes, one after the other; `undefined` fails. */
function setUp(...ends: (number | 'never' | undefined)[]) {
  let now = START
  let asked = 0
  const keys = refreshing(
    async () => {
      const end = ends[asked++]
      if (end === undefined) throw new Error('no keys')
      const credentials = { accessKeyId: String(asked), secretAccessKey: 's' }
      return { credentials, expiration: end === 'never' ? undefined : at(end) }
    },
    undefined,
    () => now,
  )
  return async (minute: number) => {
    now = START + minute * MINUTES
    return (await keys()).accessKeyId
  }
}

describe('keys that end', () => {
  it('are used until a quarter of an hour before', async () => {
    const keyAt = setUp(60, 120)
    expect([await keyAt(0), await keyAt(45), await keyAt(46), await keyAt(47)]).toEqual(['1', '1', '2', '2'])
  })

  it('are asked for once where several requests need them at once', async () => {
    const keyAt = setUp(60, 120)
    expect(await Promise.all([keyAt(0), keyAt(0), keyAt(0)])).toEqual(['1', '1', '1'])
    expect(await Promise.all([keyAt(46), keyAt(46)])).toEqual(['2', '2'])
  })

  it('are used on where there are no others yet, until ten minutes before', async () => {
    const keyAt = setUp(60, undefined, undefined)
    await keyAt(0)
    expect(await keyAt(49)).toBe('1')
    await expect(keyAt(51)).rejects.toThrow('no keys')
  })

  it('that last for the window only are not asked for before each request', async () => {
    const keyAt = setUp(12, 20)
    expect([await keyAt(0), await keyAt(0.5), await keyAt(1.5)]).toEqual(['1', '1', '2'])
  })

  it.each([[[-1, -1]], [[5, -1]], [[60, 30]]])('and are over when they are new end the command: %j', async ends => {
    const keyAt = setUp(...ends)
    await expect(keyAt(0).then(() => keyAt(50))).rejects.toThrow(
      'Credentials were refreshed, but the refreshed credentials are still expired.',
    )
  })

  it('may not be followed by some that never do, as the original has it', async () => {
    await expect(setUp(-1, 'never')(0)).rejects.toThrow('not NoneType')
  })
})

it('keys that never end are asked for once', async () => {
  const keyAt = setUp('never')
  expect([await keyAt(0), await keyAt(1e6)]).toEqual(['1', '1'])
})

describe('Expiration', () => {
  it.each([
    ['2099-01-01T00:00:00Z', '2099-01-01T00:00:00+00:00'],
    ['2099-01-01T00:00:00+0530', '2099-01-01T00:00:00+05:30'],
    ['20990101T000000Z', '2099-01-01T00:00:00+00:00'],
    ['2099-01-01 00:00:00 UTC', '2099-01-01T00:00:00+00:00'],
    ['Thu, 01 Jan 2099 00:00:00 GMT', '2099-01-01T00:00:00+00:00'],
    ['2099-01-01', '2099-01-01T00:00:00'],
  ])('%j is read', (text, expected) => {
    expect(readExpiration(text)).toBe(expected)
  })

  it.each([
    ['tomorrow', 'Unknown string format: tomorrow'],
    ['', 'String does not contain a date: '],
    ['2099-13-01T00:00:00Z', 'month must be in 1..12: 2099-13-01T00:00:00Z'],
    [5, 'Parser must be a string or character stream, not int'],
    [true, 'Parser must be a string or character stream, not bool'],
  ])('%j is refused as the original does', (value, message) => {
    expect(() => readExpiration(value)).toThrow(new CommandError('general', message))
  })

  it('without a zone is no time to wait for', async () => {
    const keys = refreshing(async () => ({
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      expiration: readExpiration('2099-01-01'),
    }))
    await expect(keys()).rejects.toThrow("can't subtract offset-naive and offset-aware datetimes")
  })
})
