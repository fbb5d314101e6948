import { expect, it } from 'vitest'
import { keysIn, openTemporaryRegistry } from '../testing/temporary-registry.ts'
import { Collector } from './collector.ts'
import { BLOB_LEASE_MS } from './context.ts'
import { Removals } from './removals.ts'

it('collects what nothing refers to, and lets requests be served between its batches', async () => {
  await using registry = await openTemporaryRegistry()
  for (let blob = 0; blob < 100; blob += 1) await registry.addBlob(Buffer.from(`unused ${blob}`))
  await registry.addImage('used')
  registry.context.clock.time += BLOB_LEASE_MS

  let turns = 0
  let ticker = setImmediate(function tick() {
    turns += 1
    ticker = setImmediate(tick)
  })
  const collector = new Collector(
    registry.context,
    new Removals(registry.context, error => expect.unreachable(`${error}`)),
  )
  expect(await collector.collect()).toMatchObject({ blobs: 100, removed: 100, failures: 0 })
  clearImmediate(ticker)
  expect(await keysIn(registry.context.blobs)).toHaveLength(1)
  expect(turns).toBeGreaterThanOrEqual(5)
})
