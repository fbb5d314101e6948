import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { PullTimes } from './pull-notes.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

it('writes the last pull of each image, once it is flushed', async () => {
  const pullTimes = new PullTimes(registry.context, error => expect.unreachable(`${error}`))
  const { id } = registry.repository
  const [first, second] = [await registry.addImage('a'), await registry.addImage('b')]
  const times = async () => {
    const rows = await registry.metadata.rows.images.find(id, [first, second])
    return [first, second].map(digest => rows.find(row => row.digest === digest)?.lastPulledAt)
  }
  const { clock } = registry.context
  pullTimes.note(id, first)
  clock.time += 10
  pullTimes.note(id, first)
  expect(await times()).toEqual([undefined, undefined])
  await pullTimes.flush()
  expect(await times()).toEqual([clock.time, undefined])
  clock.time += 10
  pullTimes.note(id, second)
  await pullTimes.flush()
  expect(await times()).toEqual([clock.time - 10, clock.time])
})

it('gives up what cannot be written, and says so', async () => {
  const errors: unknown[] = []
  const transaction = () => Promise.reject(new Error('not now'))
  const context = { ...registry.context, metadata: { ...registry.metadata, transaction } }
  const pullTimes = new PullTimes(context, error => errors.push(error))
  pullTimes.note(registry.repository.id, await registry.addImage('a'))
  await pullTimes.flush()
  await pullTimes.flush()
  expect(errors).toHaveLength(1)
})
