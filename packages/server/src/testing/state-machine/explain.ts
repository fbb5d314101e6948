import { isDeepStrictEqual } from 'node:util'
import type { Action } from './action.ts'
import type { Seen } from './inspect.ts'
import { follow, isPromised, type State, UNANSWERED } from './model.ts'
import type { RepositoryName } from './universe.ts'

/** An action that came to an end, and its answer. */
export interface Ended {
  readonly action: Action
  readonly outcome: unknown
}

/** Every state that actions begun at once may have led to, in whatever order their parts were done. */
export function explain(states: readonly State[], ended: readonly Ended[]): State[] {
  const orders = ordersOf(ended.map(partsOf))
  return distinct(
    orders.flatMap(order =>
      order.reduce<readonly State[]>((before, part) => distinct(before.flatMap(state => part(state))), states),
    ),
  )
}

type Part = (state: State) => State[]

function partsOf({ action, outcome }: Ended): Part[] {
  const phases = (action.phases ?? []).map((phase): Part => {
    // A client that heard no answer does not know how far its call came.
    return state => (outcome === UNANSWERED ? [state, phase(state)] : [phase(state)])
  })
  return [...phases, state => follow(action.judge(state), state, outcome)]
}

/** Every order of the items of some lists that keeps each list's own. */
function ordersOf<T>(lists: readonly (readonly T[])[]): T[][] {
  const open = lists.filter(list => list.length > 0)
  if (open.length < 2) return open.map(list => [...list])
  return open.flatMap(list =>
    ordersOf(open.map(other => (other === list ? list.slice(1) : other))).flatMap(rest =>
      list[0] === undefined ? [] : [[list[0], ...rest]],
    ),
  )
}

/** The states, each once. */
function distinct(states: readonly State[]): State[] {
  return states.filter((state, index) => states.findIndex(other => isDeepStrictEqual(other, state)) === index)
}

/** Whether a state is what can be seen of the registry. */
export function isSeen(all: State, seen: Seen): boolean {
  const { repositories } = all
  const names = Object.keys(repositories) as RepositoryName[]
  if (names.length !== Object.keys(seen).length) return false
  return names.every(name => {
    const [state, found] = [repositories[name], seen[name]]
    if (state === undefined || found === undefined) return false
    const { images, pushedAt, tags, bin, held } = state
    const expected = { images: [...images].sort(), pushedAt, tags, bin: bin.map(toText).sort() }
    const actual = {
      images: [...found.images].sort(),
      pushedAt: found.pushedAt,
      tags: found.tags,
      bin: found.bin.map(toText).sort(),
    }
    const promised = held.filter(blob => isPromised(state, blob, all))
    return (
      isDeepStrictEqual(actual, expected) &&
      promised.every(blob => found.readable.includes(blob)) &&
      found.readable.every(blob => held.includes(blob))
    )
  })
}

const toText = (value: unknown): string => JSON.stringify(value)
