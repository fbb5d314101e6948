import fc, { type Scheduler } from 'fast-check'
import { expect } from 'vitest'
import { Removals } from '../../registry/blobs/removals.ts'
import type { RegistryContext } from '../../registry/context.ts'
import { verify } from '../../registry/verify/verify.ts'
import { journalledKeys } from '../journalled-keys.ts'
import { keysIn, openTemporaryRegistry } from '../temporary-registry.ts'
import { deleteBatch } from './deletions.ts'
import { inspect } from './inspect.ts'
import { DAY_MS, EMPTY_REGISTRY } from './model.ts'
import { MortalServer } from './mortal-server.ts'
import { jam, type Model, moveClock, type Real, restart, type Step, together } from './steps.ts'
import { type Blob, IMAGES, imageOf, REPOSITORIES } from './universe.ts'
import { choose, createRepository, pass } from './upkeep.ts'

/**
 * Runs the steps from an empty registry, and then lets everything expire: nothing may be left that no image needs. In
 * the end all images go for good, and all bytes with them.
 */
export async function runStateMachine(
  steps: Iterable<Step>,
  scheduler: Scheduler,
  options: { files: boolean },
): Promise<void> {
  await using registry = await openTemporaryRegistry(options)
  const stores = registry.context
  const model: Model = { states: [{ now: stores.clock.time, latest: stores.clock.time, ...EMPTY_REGISTRY }] }
  const real: Real = { stores, scheduler, uploads: new Map(), server: new MortalServer(stores, scheduler) }
  await together(REPOSITORIES.map(createRepository)).run(model, real)
  await fc.asyncModelRun(() => ({ model, real }), steps)
  for (const step of [jam(false), restart, moveClock(4_000 * DAY_MS), together([pass])]) await step.run(model, real)
  await expectNothingElse(stores)

  const atOnce = { binDays: 0, protectedTags: [], immutableTags: [] }
  const everything = IMAGES.map(image => ({ image }))
  for (const name of REPOSITORIES)
    for (const action of [choose(name, atOnce), deleteBatch(name, everything)])
      await together([action]).run(model, real)
  await together([pass]).run(model, real)
  await expectNothingElse(stores)
  expect(await keysIn(stores.blobs)).toEqual([])
}

/** No bytes but those of blobs that live images refer to, nothing readable but those, and nothing left to do. */
async function expectNothingElse(context: RegistryContext): Promise<void> {
  const seen = await inspect(context)
  const needed = new Set<Blob>()
  for (const { images, bin, readable } of Object.values(seen)) {
    const own = new Set(images.flatMap(image => imageOf(image).blobs))
    expect([bin, [...readable].sort()]).toEqual([[], [...own].sort()])
    for (const blob of own) needed.add(blob)
  }
  expect((await keysIn(context.blobs)).length).toBe(needed.size)
  expect(await journalledKeys(context.metadata.rows)).toEqual([])
  expect(await context.metadata.rows.reviews.due(context.clock.now(), 100)).toEqual([])
  const options = { repair: false, rehash: true, graceMs: 0, onProgress: () => undefined }
  for await (const finding of verify(context, new Removals(context, () => undefined), options))
    expect.unreachable(`verify found ${JSON.stringify(finding)}`)
}
