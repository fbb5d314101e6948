import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cacheFolder } from './cache-folder.ts'

describe('the folder of caches', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'berth-home-'))
  })
  afterEach(() => rmSync(home, { recursive: true }))
  const mode = (path: string) => statSync(path).mode & 0o777

  it('is made for the user alone, below the home folder', () => {
    const folder = join(home, '.cache/berth')
    expect(cacheFolder({ HOME: home })).toBe(folder)
    expect([mode(folder), mode(join(home, '.cache'))]).toEqual([0o700, 0o700])
    expect(cacheFolder({ HOME: home })).toBe(folder)
  })

  it('is where XDG_CACHE_HOME says, if that is absolute', () => {
    expect(cacheFolder({ HOME: home, XDG_CACHE_HOME: join(home, 'caches') })).toBe(join(home, 'caches/berth'))
    expect(cacheFolder({ HOME: home, XDG_CACHE_HOME: 'caches' })).toBe(join(home, '.cache/berth'))
    expect(cacheFolder({ HOME: home, XDG_CACHE_HOME: '' })).toBe(join(home, '.cache/berth'))
  })

  it('leaves the mode of a cache folder that was there before', () => {
    mkdirSync(join(home, '.cache'))
    chmodSync(join(home, '.cache'), 0o755)
    expect(cacheFolder({ HOME: home })).toBeDefined()
    expect(mode(join(home, '.cache'))).toBe(0o755)
  })

  it('is none where others can write, or read', () => {
    mkdirSync(join(home, '.cache/berth'), { recursive: true })
    for (const open of [0o770, 0o707, 0o755]) {
      chmodSync(join(home, '.cache/berth'), open)
      expect(cacheFolder({ HOME: home }), open.toString(8)).toBeUndefined()
    }
  })

  it('is none behind a symbolic link, where a file is, and where there is no home', () => {
    mkdirSync(join(home, '.cache'))
    mkdirSync(join(home, 'elsewhere'), { mode: 0o700 })
    symlinkSync(join(home, 'elsewhere'), join(home, '.cache/berth'))
    expect(cacheFolder({ HOME: home })).toBeUndefined()
    expect(cacheFolder({ HOME: process.execPath })).toBeUndefined()
    expect(cacheFolder({ HOME: join(home, 'absent') })).toBeUndefined()
    expect(existsSync(join(home, 'absent'))).toBe(false)
  })

  it.runIf(process.getuid?.() === 0)('is none in the home of somebody else', () => {
    chownSync(home, 65534, 65534)
    expect(cacheFolder({ HOME: home })).toBeUndefined()
    expect(existsSync(join(home, '.cache'))).toBe(false)
    mkdirSync(join(home, '.cache/berth'), { recursive: true, mode: 0o700 })
    chownSync(join(home, '.cache/berth'), 65534, 65534)
    expect(cacheFolder({ HOME: home })).toBeUndefined()
  })
})
