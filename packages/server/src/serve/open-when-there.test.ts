import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type ClaimedPort, claimPort } from '../../../../testing/ports.ts'
import { openPostgresMetadata } from '../adapters/metadata-postgres/open-postgres-metadata.ts'
import { loadConfig } from '../config/load-config.ts'
import { RegistryError } from '../domain/problem.ts'
import { isAway, openWhenThere } from './open-when-there.ts'

let claimed: ClaimedPort
beforeEach(async () => {
  claimed = await claimPort()
})
afterEach(() => claimed.release())

const systemError = (code: string) => Object.assign(new Error(code), { code })
const wrapped = (cause: unknown, what = 'postgres://db/berth: it fails.') =>
  new RegistryError({ kind: 'unavailable', what, retryAfterSeconds: 5 }, { cause })

it('waits for a database that is away, says so, and answers probes meanwhile', async () => {
  const { port } = claimed
  const config = loadConfig({
    argv: ['--port', String(port), '--database', 'postgres://berth:secret@127.0.0.1:1/berth'],
    env: {},
  })
  const lines: string[] = []
  const say = (...said: unknown[]) => void lines.push(String(said.at(-1)))
  let isThere = false
  const opening = openWhenThere({ config, log: { error: say, warn: say } as never }, {}, async () => {
    if (isThere) return 'the registry'
    return openPostgresMetadata({ url: config.database, connectTimeoutMs: 200 })
  })
  await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200))
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`)
  expect([ready.status, await ready.text()]).toEqual([
    503,
    'not ready: The database could not be reached. The server waits for it.\n',
  ])
  expect((await fetch(`http://127.0.0.1:${port}/v2/`)).status).toBe(503)
  isThere = true
  expect(await opening).toBe('the registry')
  // A machine that is busy may not even be refused in time.
  const why = String.raw`cannot be used: (nobody listens at 127\.0\.0\.1:1|it does not answer in time)\..*`
  expect(lines).toEqual([
    expect.stringMatching(
      new RegExp(String.raw`^The database postgres://127\.0\.0\.1:1/berth ${why} The server waits for it, and tries`),
    ),
    'the database answers',
  ])
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
})

it('does not wait for what waiting does not mend', async () => {
  const config = loadConfig({ argv: ['--database', 'postgres://127.0.0.1:1/berth'], env: {} })
  for (const error of [new Error('a defect'), wrapped(systemError('28P01')), wrapped(undefined, 'The URL is wrong.')])
    await expect(
      openWhenThere({ config, log: {} as never }, {}, async () => {
        throw error
      }),
    ).rejects.toBe(error)
})

it.each(['ECONNREFUSED', 'ETIMEDOUT', 'EAI_AGAIN', '57P03', '53300', '08006'])(
  'takes %s for a database that is away',
  code => {
    expect(isAway(wrapped(wrapped(systemError(code))))).toBe(true)
    expect(isAway(wrapped(new AggregateError([systemError(code)])))).toBe(true)
  },
)

it.each(['28P01', '3D000', 'ENOTFOUND', 'EACCES'])('does not take %s for one', code => {
  expect(isAway(wrapped(systemError(code)))).toBe(false)
})

it('ends its waiting at a signal, and frees the port', async () => {
  const { port } = claimed
  const config = loadConfig({ argv: ['--port', String(port), '--database', 'postgres://127.0.0.1:1/berth'], env: {} })
  const stopping = new AbortController()
  const opening = openWhenThere({ config, log: { error() {} } as never }, { signal: stopping.signal }, async () => {
    throw wrapped(systemError('ECONNREFUSED'))
  })
  const ended = expect(opening).rejects.toThrow('stopped')
  await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/healthz`), 20_000)
  stopping.abort(new Error('stopped'))
  await ended
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
})
