import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadConfig } from '../config/load-config.ts'
import { Removals } from '../registry/blobs/removals.ts'
import { Uploads } from '../registry/blobs/uploads.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
import { runLifecyclePolicies } from './lifecycle-runner.ts'
import { schedulePasses } from './schedule-passes.ts'

const POLICY = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
      action: { type: 'expire' },
    },
  ],
})

/** What the thread of a pass does; the threads themselves are tested with the built program. */
const { work } = vi.hoisted(() => ({ work: { of: async () => {} } }))
vi.mock('node:worker_threads', async original => ({
  ...(await original<typeof import('node:worker_threads')>()),
  Worker: class extends EventEmitter {
    constructor() {
      super()
      void work.of().then(() => this.emit('exit'))
    }
    postMessage(): void {}
  },
}))

describe.each([
  ['of a server alone', false],
  ['of servers that share their rows', true],
])('the passes %s', (_, shared) => {
  let registry: TemporaryRegistry
  let ending: AbortController
  const passes: Promise<void>[] = []
  const errors: unknown[] = []
  const put = (text = POLICY) => registry.metadata.transaction(rows => rows.lifecycle.set(registry.repository.id, text))
  const evaluatedAt = async () => (await registry.metadata.rows.lifecycle.find(registry.repository.id))?.evaluatedAt

  /** A server that makes its first pass now, and the next in an hour. */
  function start(): void {
    const { context } = registry
    const removals = new Removals(context, error => errors.push(error))
    passes.push(
      schedulePasses({
        config: loadConfig({ argv: ['--collect-seconds', '3600'], env: {} }),
        ...{ context, removals, uploads: new Uploads(context, removals), signal: ending.signal },
        looking: { usualMs: 5, longestMs: 20 },
        ...{ onPass: () => {}, onError: (error: unknown) => errors.push(error), warn: () => {} },
      }),
    )
  }

  beforeEach(async () => {
    registry = await openTemporaryRegistry({ shared })
    ending = new AbortController()
    errors.length = 0
    work.of = async () => void (await runLifecyclePolicies(registry.context, { onError: error => errors.push(error) }))
    await registry.addImage('old')
    registry.context.clock.time += 1
    await registry.addImage('new')
  })
  afterEach(async () => {
    ending.abort()
    await Promise.all(passes.splice(0))
    await registry[Symbol.asyncDispose]()
  })

  it('carry a lifecycle policy out as soon as it was put, long before the next pass is due', async () => {
    start()
    start()
    await put()
    await vi.waitFor(async () => expect(await evaluatedAt()).toBeDefined())
    const live = () => registry.metadata.rows.images.list(registry.repository.id, { limit: 9 })
    expect(await live()).toHaveLength(1)
    // Once more after it was changed, right behind a pass.
    registry.context.clock.time += 1
    await registry.addImage('newest')
    await put(`${POLICY} `)
    await vi.waitFor(async () => expect(await live()).toHaveLength(1))
    expect(errors).toEqual([])
  })

  it('wait for no server that died in a pass for longer than half a minute', async () => {
    const { context, metadata } = registry
    const now = context.clock.time
    // What servers leave behind that are killed: one in a pass, one at the policies, one that came to look at them.
    await metadata.transaction(async ({ schedules }) => {
      await schedules.claim('housekeeping', now, now + 1_800_000, now)
      await schedules.claim('lifecycle', now, now + 30_000, now)
      await schedules.claim('housekeeping for rules', now, now + 15_000, now)
    })
    await put()
    start()
    context.clock.time += 30_000
    await vi.waitFor(async () => expect(await evaluatedAt()).toBeDefined())
    expect(errors).toEqual([])
  })

  it('carry it out again when its time has come', async () => {
    start()
    await put()
    await vi.waitFor(async () => expect(await evaluatedAt()).toBeDefined())
    registry.context.clock.time += registry.context.lifecycleMs
    await vi.waitFor(async () => expect(await evaluatedAt()).toBe(registry.context.clock.time))
  })

  it('do not try without a rest what fails', async () => {
    const runs: number[] = []
    work.of = async () => void runs.push(performance.now())
    await put()
    start()
    // The second and the third are behind rests of 5 and 10 ms; by then the rests have grown to the longest.
    await vi.waitFor(() => expect(runs.length).toBeGreaterThan(6))
    for (const [at, before] of [
      [5, 4],
      [6, 5],
    ] as const)
      expect(Number(runs[at]) - Number(runs[before])).toBeGreaterThan(15)
  })
})
