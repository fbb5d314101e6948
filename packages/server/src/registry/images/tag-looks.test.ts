import { expect, it } from 'vitest'
import { digest, tag } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import { TagLooks } from './tag-looks.ts'

const REPOSITORY = 1 as RepositoryId

it('tell by which tag a client has just found an image', () => {
  const clock = { time: 0, now: () => clock.time }
  const looks = new TagLooks(clock)
  looks.note('192.0.2.1', REPOSITORY, digest('a'), tag('v1'))
  looks.note('192.0.2.2', REPOSITORY, digest('a'), tag('latest'))
  const find = (client: string, of = digest('a'), id = REPOSITORY) => looks.find(client, id, of)
  expect([find('192.0.2.1'), find('192.0.2.2')]).toEqual(['v1', 'latest'])
  expect([find('192.0.2.3'), find('192.0.2.1', digest('b'))]).toEqual([undefined, undefined])
  expect(find('192.0.2.1', digest('a'), 2 as RepositoryId)).toBeUndefined()
  clock.time += 60_000
  expect(find('192.0.2.1')).toBeUndefined()
})

it('are forgotten where there are too many', () => {
  const looks = new TagLooks({ now: () => 0 })
  for (let at = 0; at <= 10_000; at += 1) looks.note(`client ${at}`, REPOSITORY, digest('a'), tag('v1'))
  expect(looks.find('client 0', REPOSITORY, digest('a'))).toBeUndefined()
  expect(looks.find('client 1', REPOSITORY, digest('a'))).toBe('v1')
})
