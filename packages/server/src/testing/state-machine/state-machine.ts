import { inspect as show, isDeepStrictEqual } from 'node:util'
import { count } from './stats.ts'
import fc, { type AsyncCommand, type Scheduler } from 'fast-check'
import { expect } from 'vitest'
import type { RegistryContext } from '../../registry/context.ts'
import { keysIn, openTemporaryRegistry, type TemporaryRegistry } from '../temporary-registry.ts'
import type { Action, OpenUpload } from './action.ts'
import { anyAction, anyImage, anyRepository, anyTags } from './any-action.ts'
import { purgeDue } from './bin-actions.ts'
import { inspect, type Seen } from './inspect.ts'
import { change, DAY_MS, follow, isPromised, type State } from './model.ts'
import { MortalServer } from './mortal-server.ts'
import { beginUpload, finishUpload, pushImage } from './pushes.ts'
import { type Blob, type ImageName, imageOf, REPOSITORIES, type RepositoryName, type TagName } from './universe.ts'
import { collect, createRepository, expireUploads, sweep } from './upkeep.ts'

/** Every state that the documentation allows, after what has been answered and seen. */
interface Model {
  states: State[]
}

/** The registry under test. */
interface Real {
  readonly stores: TemporaryRegistry['context']
  readonly scheduler: Scheduler
  readonly uploads: Map<number, OpenUpload>
  server: MortalServer
}

type Step = AsyncCommand<Model, Real>

/** Actions that are begun at once, in the middle of which the server may die. */
const together = (actions: readonly Action[], dieAt: number | undefined): Step => ({
  check: () => true,
  toString: () => `${actions.map(({ text }) => text).join(' | ')}${dieAt === undefined ? '' : `, dies at ${dieAt}`}`,
  async run(model, real) {
    const { scheduler, server, uploads } = real
    const t0 = performance.now()
    if (dieAt !== undefined) server.dieAt(dieAt)
    const running = Promise.all(actions.map(action => action.run({ server, uploads })))
    const outcomes = await scheduler.waitFor(running)
    server.outlive()
    if (server.isDead) real.server = new MortalServer(real.stores, scheduler)

    const t1 = performance.now(); count('run ms', t1 - t0)
    const seen = await inspect(real.stores)
 count('inspect ms', performance.now()-t1); count('steps'); actions.forEach((a, i) => count(a.text.split(' ')[0] + ' ' + JSON.stringify(outcomes[i]).slice(0, 30).replace(/\[\".*/, '[…')))
    const allowed = orders(actions.map((action, index) => ({ action, outcome: outcomes[index] }))).flatMap(order =>
      order.reduce(
        (states, { action, outcome }) => states.flatMap(state => follow(action.judge(state), state, outcome)),
        model.states,
      ),
    )
    const agreeing = allowed.filter(state => isSeen(state, seen))
    if (agreeing.length === 0) throw new Error(unexplained(this.toString(), { outcomes, seen, allowed, before: model.states }))
    model.states = distinct(agreeing)
  },
})

/** What `docker push` does of an image and all that it needs, in a repository that is made where there is none. */
const pushWhole = (name: RepositoryName, image: ImageName, tags: readonly TagName[]): Step => ({
  check: () => true,
  toString: () => `push ${image} as [${tags}] to ${name} with all it needs`,
  async run(model, real) {
    for (const action of [createRepository(name), ...pushesOf(name, image, tags)])
      await together([action], undefined).run(model, real)
  },
})

function pushesOf(name: RepositoryName, image: ImageName, tags: readonly TagName[]): Action[] {
  const { blobs, children } = imageOf(image)
  return [
    ...children.flatMap(child => pushesOf(name, child, [])),
    ...blobs.flatMap(blob => [beginUpload(0, name, blob), finishUpload(0)]),
    pushImage(name, image, tags),
  ]
}

const moveClock = (ms: number): Step => ({
  check: () => true,
  toString: () => `${ms / 3_600_000} hours later`,
  async run(model, { stores }) {
    stores.clock.time += ms
    model.states = model.states.map(state => change(state, draft => void (draft.now += ms)))
  },
})

const restart: Step = {
  check: () => true,
  toString: () => 'the server dies and starts again',
  async run(_, real) {
    real.server.dieAt(0)
    real.server = new MortalServer(real.stores, real.scheduler)
  },
}

const jam = (isJammed: boolean): Step => ({
  check: () => true,
  toString: () => (isJammed ? 'no bytes can be removed' : 'bytes can be removed'),
  async run(_, { server }) {
    server.isJammed = isJammed
  },
})

const HOUR_MS = DAY_MS / 24

export const steps = (constraints: { maxCommands: number }): fc.Arbitrary<Iterable<Step>> =>
  fc.commands(
    [
      fc.tuple(anyRepository, anyImage, anyTags).map(args => pushWhole(...args)),
      anyAction.map(action => together([action], undefined)),
      anyAction.map(action => together([action], undefined)),
      fc.array(anyAction, { minLength: 2, maxLength: 3 }).map(actions => together(actions, undefined)),
      fc
        .record({ actions: fc.array(anyAction, { minLength: 1, maxLength: 2 }), dieAt: fc.integer({ min: 1, max: 12 }) })
        .map(({ actions, dieAt }) => together(actions, dieAt)),
      fc.constantFrom(-1, 1, 5, 7, 25, 6 * 24, 8 * 24).map(hours => moveClock(hours * HOUR_MS)),
      fc.oneof({ weight: 1, arbitrary: fc.constant(restart) }, { weight: 2, arbitrary: fc.boolean().map(jam) }),
    ],
    { size: 'max', ...constraints },
  )

/** Runs the steps from an empty registry, and then lets everything expire: nothing that no image needs may be left. */
export async function runStateMachine(
  commands: Iterable<Step>,
  scheduler: Scheduler,
  options: { files: boolean },
): Promise<void> {
  const t0 = performance.now()
  await using registry = await openTemporaryRegistry(options)
  count('open ms', performance.now() - t0)
  const stores = registry.context
  const model: Model = {
    states: [{ now: stores.clock.time, registryBinDays: undefined, repositories: {}, uploads: {} }],
  }
  const real: Real = { stores, scheduler, uploads: new Map(), server: new MortalServer(stores, scheduler) }
  const setup = () => ({ model, real })
  await together([createRepository(REPOSITORIES[0])], undefined).run(model, real)
  await fc.asyncModelRun(setup, commands)
  await letEverythingExpire(model, real)
}

async function letEverythingExpire(model: Model, real: Real): Promise<void> {
  for (const step of [jam(false), restart, moveClock(4_000 * DAY_MS)]) await step.run(model, real)
  for (const action of [expireUploads, purgeDue, collect, sweep]) await together([action], undefined).run(model, real)
  await expectNothingElse(real.stores)
}

/** No bytes but those of blobs that live images refer to, and nothing readable but those. */
async function expectNothingElse(context: RegistryContext): Promise<void> {
  const seen = await inspect(context)
  const needed = new Set<Blob>()
  for (const { images, bin, readable } of Object.values(seen)) {
    const own = new Set(images.flatMap(image => imageOf(image).blobs))
    expect([bin, [...readable].sort()]).toEqual([[], [...own].sort()])
    for (const blob of own) needed.add(blob)
  }
  expect((await keysIn(context.blobs)).length).toBe(needed.size)
  expect(await context.metadata.rows.uploads.removals(100)).toEqual([])
  expect(await context.metadata.rows.blobs.dueReviews(context.clock.now(), 100)).toEqual([])
}

function isSeen({ repositories, now }: State, seen: Seen): boolean {
  const names = Object.keys(repositories) as (keyof typeof repositories)[]
  if (names.length !== Object.keys(seen).length) return false
  return names.every(name => {
    const [state, found] = [repositories[name], seen[name]]
    if (state === undefined || found === undefined) return false
    const { images, tags, bin, held } = state
    const expected = { images: [...images].sort(), tags, bin: bin.map(toText).sort() }
    const actual = { images: [...found.images].sort(), tags: found.tags, bin: found.bin.map(toText).sort() }
    const promised = held.filter(blob => isPromised(state, blob, now))
    return (
      isDeepStrictEqual(actual, expected) &&
      promised.every(blob => found.readable.includes(blob)) &&
      found.readable.every(blob => held.includes(blob))
    )
  })
}

const toText = (value: unknown) => JSON.stringify(value)

/** The states, each once. */
function distinct(states: readonly State[]): State[] {
  return states.filter((state, index) => states.findIndex(other => isDeepStrictEqual(other, state)) === index)
}

/** Every order in which things that were begun at once may have been done. */
function orders<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((first, index) => orders(items.toSpliced(index, 1)).map(rest => [first, ...rest]))
}

function unexplained(step: string, facts: Readonly<Record<string, unknown>>): string {
  return `No order of "${step}" explains what came of it: ${show(facts, { depth: 9, breakLength: 120 })}`
}
