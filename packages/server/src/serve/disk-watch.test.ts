import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DiskReserve } from '../runtime/disk/disk-reserve.ts'
import { DiskWatch } from './disk-watch.ts'

const MEBIBYTE = 1024 * 1024

describe('the watch of the disks', () => {
  let folder: string
  let free = 1000
  let lines: string[]
  let watch: DiskWatch
  const space = async () => ({ bsize: MEBIBYTE, blocks: 1000, bavail: free, files: 0, ffree: 0 })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-watch-'))
    free = 1000
    lines = []
    const say = (level: string) => (_: object, message: string) => lines.push(`${level}: ${message}`)
    const disks = (['the database', 'the blobs'] as const).map(held => new DiskReserve(folder, { held, space }))
    watch = new DiskWatch(disks, { error: say('error'), warn: say('warn') })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await rm(folder, { recursive: true, force: true })
  })
  const full = (left: number) =>
    `The disk that holds the database and the blobs is full: ${left}.0 MiB are left, and pushes leave 50.0 MiB. Pushes are refused; pulls and deletions go on.`

  it('says once a minute that a disk is full, whatever it holds, and that it is so no more', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    expect([await watch.look(), await watch.troubles()]).toEqual([false, []])
    free = 50
    for (const _ of [1, 2, 3]) expect(await watch.look()).toBe(true)
    expect(await watch.troubles()).toEqual([full(50)])
    free = 20
    expect(await watch.look()).toBe(true)
    expect(lines).toEqual([`error: ${full(50)}`])
    vi.advanceTimersByTime(60_000)
    await watch.look()
    expect(lines.slice(1)).toEqual([`error: ${full(20)}`])
    free = 51
    expect([await watch.look(), await watch.look()]).toEqual([false, false])
    expect(lines.slice(2)).toEqual(['warn: the disks have room again, and pushes are taken'])
  })

  it('says at once when a folder is gone', async () => {
    await rm(folder, { recursive: true })
    expect(await watch.troubles()).toEqual([
      'The folder of the database is not there.',
      'The folder of the blobs is not there.',
    ])
    expect(await watch.look()).toBe(true)
    expect(lines).toHaveLength(1)
  })

  it('knows which problems it tells of', async () => {
    const problem = {
      kind: 'storageFull',
      what: 'The disk that holds the blobs is full.',
      retryAfterSeconds: 60,
    } as const
    expect(await watch.tells(problem)).toBe(false)
    free = 0
    expect(await watch.tells(problem)).toBe(true)
    expect(await watch.tells({ ...problem, kind: 'unavailable', what: 'The database does not answer.' })).toBe(false)
  })

  it('has figures for each thing that is held', async () => {
    free = 7
    const figures = new Map((await watch.metrics()).map(({ name, samples }) => [name, samples]))
    expect(figures.get('berth_disk_free_bytes')).toEqual(
      ['database', 'blobs'].map(holds => ({ labels: { holds }, value: 7 * MEBIBYTE })),
    )
    expect(figures.get('berth_disk_writable')?.map(({ value }) => value)).toEqual([0, 0])
  })
})
