import { inspect as show } from 'node:util'
import fc, { type AsyncCommand, type Scheduler } from 'fast-check'
import type { TemporaryRegistry } from '../temporary-registry.ts'
import type { Action, OpenUpload } from './action.ts'
import { anyAction, anyImage, anyPromise, anyRepository, anyTags } from './any-action.ts'
import { explain, isSeen } from './explain.ts'
import { inspect } from './inspect.ts'
import { runPolicies } from './lifecycle-actions.ts'
import { DAY_MS, type State } from './model.ts'
import { MortalServer } from './mortal-server.ts'
import { beginUpload, finishUpload, pushImage } from './pushes.ts'
import { type ImageName, imageOf, type RepositoryName, type TagName } from './universe.ts'
import { collect, createRepository, pass } from './upkeep.ts'

/** Every state that the documentation allows, after what has been answered and seen. */
export interface Model {
  states: readonly State[]
}

/** The registry under test. */
export interface Real {
  readonly stores: TemporaryRegistry['context']
  readonly scheduler: Scheduler
  readonly uploads: Map<number, OpenUpload>
  server: MortalServer
}

export type Step = AsyncCommand<Model, Real>

/** Actions that are begun at once, in the middle of which the server may die. */
export const together = (actions: readonly Action[], dieAt?: number): Step => {
  const text = `${actions.map(action => action.text).join(' | ')}${dieAt === undefined ? '' : `, dies at ${dieAt}`}`
  return {
    check: () => true,
    toString: () => text,
    async run(model, real) {
      await act(model, real, actions, dieAt)
      await look(model, real, text)
    },
  }
}

async function act(model: Model, real: Real, actions: readonly Action[], dieAt?: number): Promise<void> {
  const { server, uploads } = real
  if (dieAt !== undefined) server.dieAt(dieAt)
  const outcomes = await server.see(Promise.all(actions.map(action => action.run({ server, uploads }))))
  server.outlive()
  if (server.isDead) real.server = new MortalServer(real.stores, real.scheduler)
  const ended = actions.map((action, index) => ({ action, outcome: outcomes[index] }))
  const before = model.states
  model.states = explain(before, ended)
  if (model.states.length === 0) throw unexplained(actions.map(action => action.text).join(' | '), { outcomes, before })
}

async function look(model: Model, { stores }: Real, text: string): Promise<void> {
  const seen = await inspect(stores)
  const allowed = model.states
  model.states = allowed.filter(state => isSeen(state, seen))
  if (model.states.length === 0) throw unexplained(text, { seen, allowed })
}

function unexplained(text: string, facts: Readonly<Record<string, unknown>>): Error {
  return new Error(`No order of "${text}" explains what came of it: ${show(facts, { depth: 9, breakLength: 120 })}`)
}

/** What `docker push` does of an image and all that it needs, in a repository that is made where there is none. */
const pushWhole = (name: RepositoryName, image: ImageName, tags: readonly TagName[]): Step => {
  const text = `push ${image} as [${tags}] to ${name} with all it needs`
  return {
    check: () => true,
    toString: () => text,
    async run(model, real) {
      for (const action of [createRepository(name), ...pushesOf(name, image, tags)]) await act(model, real, [action])
      await look(model, real, text)
    },
  }
}

function pushesOf(name: RepositoryName, image: ImageName, tags: readonly TagName[]): Action[] {
  const { blobs, children } = imageOf(image)
  return [
    ...children.flatMap(child => pushesOf(name, child, [])),
    ...blobs.flatMap(blob => [beginUpload(0, name, blob), finishUpload(0)]),
    pushImage(name, image, tags),
  ]
}

export const moveClock = (ms: number): Step => ({
  check: () => true,
  toString: () => `${ms / HOUR_MS} hours later`,
  async run(model, { stores }) {
    stores.clock.time += ms
    model.states = model.states.map(state => {
      const now = state.now + ms
      return { ...state, now, latest: Math.max(state.latest, now) }
    })
  },
})

/** What needs all of them seldom gets them in that order by chance. */
const inTurn = (...steps: readonly Step[]): Step => ({
  check: () => true,
  toString: () => steps.join(', '),
  async run(model, real) {
    for (const step of steps) await step.run(model, real)
  },
})

export const restart: Step = {
  check: () => true,
  toString: () => 'the server dies and starts again',
  async run(_, real) {
    real.server.dieAt(0)
    real.server = new MortalServer(real.stores, real.scheduler)
  },
}

export const jam = (isJammed: boolean): Step => ({
  check: () => true,
  toString: () => (isJammed ? 'no bytes can be removed' : 'bytes can be removed'),
  async run(_, { server }) {
    server.isJammed = isJammed
  },
})

const HOUR_MS = DAY_MS / 24
const aDeath = fc.integer({ min: 1, max: 12 })
const some = (least: number, most: number) => fc.array(anyAction, { minLength: least, maxLength: most })

/** Steps that come together in one repository again and again. */
export const anySteps = (constraints: fc.CommandsContraints): fc.Arbitrary<Iterable<Step>> =>
  fc.commands(
    [
      fc.tuple(anyRepository, anyImage, anyTags).map(args => pushWhole(...args)),
      anyAction.map(action => together([action])),
      anyAction.map(action => together([action])),
      some(2, 3).map(actions => together(actions)),
      fc.tuple(some(1, 2), aDeath).map(([actions, dieAt]) => together(actions, dieAt)),
      fc
        .tuple(some(0, 1), fc.option(aDeath, { freq: 3, nil: undefined }))
        .map(([others, dieAt]) => together([runPolicies, ...others], dieAt)),
      fc.constantFrom(-1, 1, 5, 7, 25, 6 * 24, 8 * 24).map(hours => moveClock(hours * HOUR_MS)),
      fc.constantFrom(7, 25, 8 * 24).map(hours => inTurn(moveClock(hours * HOUR_MS), together([pass]))),
      anyPromise.map(action => inTurn(together([action]), together([collect]))),
      fc.oneof({ weight: 1, arbitrary: fc.constant(restart) }, { weight: 2, arbitrary: fc.boolean().map(jam) }),
    ],
    { size: 'max', ...constraints },
  )
