import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { environmentOf } from '../../../testing/run-main.ts'
import { keepIds } from './kept-ids.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'berth-home-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const keep = (until: number, env = {}) =>
  keepIds([['imageTag=a', 'imageTag=b'], ['imageTag=c']], until, { ...environmentOf(env), home })

it('keeps ids for the user alone, until they have left the bin', () => {
  const until = Date.now() + 60_000
  const [first = '', second = ''] = [keep(until), keep(until)]
  expect(['1', '2'].map(name => readFileSync(join(first, name), 'utf8'))).toEqual([
    'imageTag=a\nimageTag=b\n',
    'imageTag=c\n',
  ])
  expect([join(first, '1'), first].map(each => statSync(each).mode & 0o777)).toEqual([0o600, 0o700])
  writeFileSync(join(dirname(first), 'notes'), '')
  const over = keep(Date.now() - 1) ?? ''
  expect(readdirSync(dirname(first))).toHaveLength(4)
  const last = keep(until) ?? ''
  const left = [first, second, last, join(dirname(first), 'notes')].sort()
  expect(
    readdirSync(dirname(first))
      .map(name => join(dirname(first), name))
      .sort(),
  ).toEqual(left)
  expect(left).not.toContain(over)
})

it('keeps none where the user has no folder for it', () => {
  mkdirSync(join(home, 'caches'))
  writeFileSync(join(home, 'caches/berth'), '')
  expect(keep(Date.now(), { XDG_CACHE_HOME: join(home, 'caches') })).toBeUndefined()
})
