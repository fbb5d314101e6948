import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readTlsFiles, renewIdentity } from './tls-files.ts'

const run = promisify(execFile)
const listeners = process.listeners('SIGHUP')
const LOOK_MS = 60_000

describe('a renewed certificate', () => {
  let folder: string
  let look: ReturnType<typeof renewIdentity>
  const served: string[] = []
  const log = { info: vi.fn(), error: vi.fn() }
  const file = (name: string) => join(folder, name)
  const make = (name: string) => {
    const kind = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-x509',
      '-subj',
      `/CN=${name}`,
    ]
    return run('openssl', ['req', ...kind, '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)])
  }
  const put = async (name: string) => {
    await copyFile(file(`${name}.pem`), file('tls.pem'))
    await copyFile(file(`${name}.key`), file('tls.key'))
  }

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] })
    folder = await mkdtemp(join(tmpdir(), 'berth-tls-'))
    await Promise.all(['first', 'second'].map(make))
    await put('first')
    served.splice(0)
    log.info.mockReset()
    log.error.mockReset()
    const files = { tlsCert: file('tls.pem'), tlsKey: file('tls.key') }
    const identity = await readTlsFiles(files)
    if (identity === undefined) expect.unreachable('there are files')
    look = renewIdentity({ setSecureContext: ({ cert }) => served.push(`${cert}`) }, files, identity, log)
  })
  afterEach(async () => {
    vi.useRealTimers()
    for (const listener of process.listeners('SIGHUP'))
      if (!listeners.includes(listener)) process.off('SIGHUP', listener)
    await rm(folder, { recursive: true })
  })

  it('is taken within a minute, where nobody sends SIGHUP', async () => {
    await put('second')
    vi.advanceTimersByTime(LOOK_MS)
    await vi.waitFor(() => expect(log.info).toHaveBeenCalledOnce())
    expect(served).toEqual([await readFile(file('second.pem'), 'utf8')])
  })

  it('is taken once, and again where that is asked for', async () => {
    await put('second')
    for (const isAsked of [false, false, true, false]) await look(isAsked)
    expect([served.length, log.info.mock.calls.length]).toEqual([2, 2])
  })

  it('waits for its key, which is complained of once', async () => {
    await copyFile(file('second.pem'), file('tls.pem'))
    for (let times = 0; times < 3; times += 1) await look(false)
    expect([served, log.error.mock.calls.length]).toEqual([[], 1])
    await look(true)
    expect(log.error).toHaveBeenCalledTimes(2)
    await copyFile(file('second.key'), file('tls.key'))
    await look(false)
    expect(served).toEqual([await readFile(file('second.pem'), 'utf8')])
    // What goes wrong another time is told again.
    await copyFile(file('first.pem'), file('tls.pem'))
    await look(false)
    expect([served.length, log.error.mock.calls.length]).toEqual([1, 3])
  })
})
