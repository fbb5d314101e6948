import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readMoment } from '../commands/berth/read-moment.ts'
import { fromLocal, localOffset } from './time-zone.ts'
import { isoTimestamp } from './timestamp.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const JANUARY = Date.UTC(2026, 0, 15, 12) / 1000
const JULY = Date.UTC(2026, 6, 15, 12) / 1000

/** What glibc 2.36 answers by `localtime`, in seconds ahead of UTC. */
describe('TZ', () => {
  it.each([
    ['EST5EDT,M3.2.0,M11.1.0', -18_000, -14_400],
    ['AAA5BBB', -18_000, -14_400],
    ['CET-1CEST,M3.5.0,M10.5.0/3', 3600, 7200],
    ['AEST-10AEDT,M10.1.0,M4.1.0/3', 39_600, 36_000],
    ['IST-1GMT0,M10.5.0,M3.5.0/1', 0, 3600],
    ['<+03>-3', 10_800, 10_800],
    ['<-03>3<-02>,M3.5.0/-2,M10.5.0/-1', -10_800, -7200],
    ['XXX5:30:15', -19_815, -19_815],
    ['ABC30', -86_400, -86_400],
    ['ABC3DEF2,J60/2,J300/2', -10_800, -7200],
    ['ABC3DEF,195,J196', -7200, -7200],
    ['ABC3DEF,J195,J197', -10_800, -7200],
    ['GMT+3', -10_800, -10_800],
    [':UTC', 0, 0],
    ['', 0, 0],
    ['ABC3,M3.2.0,M11.1.0', -10_800, 0],
  ])('%j is read as libc reads it', (name, january, july) => {
    vi.stubEnv('TZ', name)
    expect([JANUARY, JULY].map(moment => localOffset(moment) + 0)).toEqual([january, july])
  })

  it('counts a leap day, but for days after J', () => {
    const march = (year: number) => Date.UTC(year, 2, 1, 12) / 1000
    vi.stubEnv('TZ', 'ABC0DEF,J60/0,J61/1')
    expect([march(2027), march(2028)].map(localOffset)).toEqual([3600, 3600])
    vi.stubEnv('TZ', 'ABC0DEF,59/0,60/1')
    expect([march(2027), march(2028)].map(moment => localOffset(moment) + 0)).toEqual([3600, 0])
  })

  it('names a file in the format of time zones, whose rules hold behind its last change', () => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-zones-'))
    try {
      writeFileSync(join(folder, 'Here'), zoneFile({ at: 1_000_000_000, before: 3600, after: 7200, rules: 'XYZ-3' }))
      vi.stubEnv('TZDIR', folder)
      for (const name of ['Here', ':Here', join(folder, 'Here'), `:${join(folder, 'Here')}`]) {
        vi.stubEnv('TZ', name)
        expect([999_999_999, 1_000_000_000].map(localOffset), name).toEqual([3600, 10_800])
      }
      writeFileSync(join(folder, 'EST5'), zoneFile({ at: 0, before: 0, after: 0, rules: '' }).fill(0xff, 20, 44))
      vi.stubEnv('TZ', 'EST5')
      expect(localOffset(JANUARY)).toBe(-18_000)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('may be a name that only the runtime knows', () => {
    vi.stubEnv('TZDIR', '/nowhere')
    vi.stubEnv('TZ', 'Asia/Kolkata')
    expect(localOffset(JANUARY)).toBe(19_800)
  })

  it('counts where times are shown and read', () => {
    vi.stubEnv('TZ', '<+0545>-5:45')
    expect(isoTimestamp('1764500000')).toBe('2025-11-30T16:38:20+05:45')
    expect(readMoment('since', '2026-11-23')).toBe('2026-11-22T18:15:00.000Z')
    expect(readMoment('since', '2026-11-23 01:02:03.5')).toBe('2026-11-22T19:17:03.500Z')
    expect(readMoment('since', '2026-11-23T01:02+01:00')).toBe('2026-11-23T00:02:00.000Z')
    vi.stubEnv('TZ', 'XXX5:30:15')
    expect(isoTimestamp('1764500000')).toBe('2025-11-30T05:23:05-05:30:15')
  })

  it('has local times twice and not at all', () => {
    vi.stubEnv('TZ', 'CET-1CEST,M3.5.0,M10.5.0/3')
    const wall = (...parts: [number, number, number, number]) => Date.UTC(...parts) / 1000
    expect(fromLocal(wall(2026, 9, 25, 2))).toBe(wall(2026, 9, 25, 0))
    expect(fromLocal(wall(2026, 2, 29, 2))).toBe(wall(2026, 2, 29, 1))
    expect(fromLocal(wall(2026, 6, 1, 2))).toBe(wall(2026, 6, 1, 0))
  })
})

/** A file of version 2 with one change (RFC 9636). Its first block, in 32 bits, has nothing in it. */
function zoneFile({ at, before, after, rules }: { at: number; before: number; after: number; rules: string }): Buffer {
  const header = (...counts: number[]) => {
    const bytes = Buffer.alloc(44)
    bytes.write('TZif2')
    counts.forEach((count, index) => {
      bytes.writeUInt32BE(count, 20 + 4 * index)
    })
    return bytes
  }
  const body = Buffer.alloc(8 + 1 + 2 * 6 + 4)
  body.writeBigInt64BE(BigInt(at), 0)
  body.writeUInt8(1, 8)
  body.writeInt32BE(before, 9)
  body.writeInt32BE(after, 15)
  const firstBlock = Buffer.alloc(6 + 1)
  return Buffer.concat([
    header(0, 0, 0, 0, 1, 1),
    firstBlock,
    header(0, 0, 0, 1, 2, 4),
    body,
    Buffer.from(`\n${rules}\n`),
  ])
}
