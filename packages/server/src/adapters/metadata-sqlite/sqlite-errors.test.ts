import { expect, it } from 'vitest'
import { openingError } from './sqlite-errors.ts'

/** As SQLite tells it: the low byte of a code is the kind, the rest says more. */
const failed = (errcode: number) => Object.assign(new Error('words of SQLite'), { errcode })

it.each([
  [5, 'another process has locked it. End that one'],
  [261, 'another process has locked it. End that one'],
  [6, 'it is locked. Try again'],
  [8, 'it is read-only for this user. Run berthd as its owner'],
  [10, 'it could not be read or written. Look at its disk'],
  [11, 'it is damaged. Restore a backup'],
  [14, 'SQLite could not open it or a file beside it. Look at'],
  [1, 'SQLite says: words of SQLite. Look at the file'],
])('says of SQLite code %d what is wrong, and what to do', (code, words) => {
  const told = openingError('/data/berth.db', failed(code))
  expect(told).toMatchObject({ problem: { kind: 'unavailable' } })
  const { what } = (told as { problem: { what: string } }).problem
  expect(what).toContain(`/data/berth.db cannot be used: ${words}`)
  expect(what).toMatch(/\.$/)
})

it('says of a full disk and of a file of another kind what they are', () => {
  expect(openingError('/data/berth.db', failed(13))).toMatchObject({
    problem: { kind: 'storageFull', what: expect.stringMatching(/^\/data\/berth\.db: .* is full\.$/) },
  })
  expect(openingError('/data/berth.db', failed(26))).toMatchObject({
    problem: { what: expect.stringMatching(/^\/data\/berth\.db is no database, or one that was damaged/) },
  })
})
