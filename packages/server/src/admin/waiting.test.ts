import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
import { describeWaiting, findWaiting } from './waiting.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

it('tells of the work of an upgrade that another process has begun, until that is over', async () => {
  const { metadata, context } = registry
  const now = context.clock.time
  const upgrade = async (at: number) => {
    const waiting = await findWaiting(metadata, at)
    return describeWaiting(waiting).filter(line => line.includes('upgrade'))
  }
  expect(await upgrade(now)).toEqual([])
  await metadata.transaction(rows => rows.schedules.claim('references', now, now + 1_000, now))
  expect(await upgrade(now)).toEqual([
    'gc: the work of an upgrade comes first, and nothing is collected before. Another process is at it; where that was ' +
      `killed, it can be begun again at ${new Date(now + 1_000).toISOString()}.`,
  ])
  expect(await upgrade(now + 1_000)).toEqual([])
  await metadata.transaction(rows => rows.schedules.finish('references', now, '{}'))
  expect(await upgrade(now)).toEqual([])
})
