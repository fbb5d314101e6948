import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RegistryError } from '../domain/problem.ts'
import { createOutageNotes } from './outage-log.ts'

const outage = (what: string) => new RegistryError({ kind: 'unavailable', what, retryAfterSeconds: 5 })
const lines: { details: object; message: string }[] = []
const log = { error: (details: object, message: string) => void lines.push({ details, message }) }
/** Notes are written after a turn: whoever else may tell of it is asked first. */
const turn = () => new Promise(resolve => setImmediate(resolve))

beforeEach(() => {
  lines.length = 0
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => void vi.useRealTimers())

it('says of each outage once a minute what it is, and how many requests met it', async () => {
  const note = createOutageNotes(log)
  for (let request = 0; request < 50; request += 1) note(outage('The database is away.'), { request })
  note(outage('The blob store is away.'), {})
  await turn()
  expect(lines.map(({ message }) => message)).toEqual(['The database is away.', 'The blob store is away.'])
  vi.advanceTimersByTime(60_000)
  note(outage('The database is away.'), { request: 50 })
  await turn()
  expect(lines.slice(2)).toMatchObject([{ message: 'The database is away.', details: { request: 50, failures: 50 } }])
})

it('leaves alone what is no outage, and what somebody else tells of', async () => {
  const note = createOutageNotes(log, async ({ kind }) => kind === 'storageFull')
  note(new Error('a defect'), {})
  note(new RegistryError({ kind: 'storageFull', what: 'The disk is full.', retryAfterSeconds: 60 }), {})
  await turn()
  expect(lines).toEqual([])
})
