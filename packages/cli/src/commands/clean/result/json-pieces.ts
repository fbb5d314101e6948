import { formatJson } from '../../../python/format-json.ts'
import type { Value } from '../../../python/value.ts'

/** A list whose items are made one by one when they are wanted, since there may be very many. */
export class LazyList {
  readonly items: () => Iterable<Value>
  constructor(items: () => Iterable<Value>) {
    this.items = items
  }
}

/** A value that may have lazy lists in it. */
export type Draft = Value | LazyList | readonly Draft[] | ReadonlyMap<string, Draft>

const STEP = '    '
const PIECE = 64 * 1024

/**
 * The text that `formatJson` makes of the whole value with four blanks a level, in pieces, with a line end behind it.
 */
export function* jsonPieces(draft: Draft): Generator<string> {
  let piece = ''
  for (const token of tokens(draft, '')) {
    piece += token
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
  }
  yield `${piece}\n`
}

function* tokens(draft: Draft, margin: string): Generator<string> {
  const inner = margin + STEP
  let separator = ''
  if (draft instanceof Map) {
    for (const [name, member] of draft) {
      yield `${separator || '{'}\n${inner}${formatJson(name)}: `
      yield* tokens(member, inner)
      separator = ','
    }
    yield separator === '' ? '{}' : `\n${margin}}`
  } else if (Array.isArray(draft) || draft instanceof LazyList) {
    for (const item of draft instanceof LazyList ? draft.items() : draft) {
      yield `${separator || '['}\n${inner}`
      yield* tokens(item, inner)
      separator = ','
    }
    yield separator === '' ? '[]' : `\n${margin}]`
  } else yield formatJson(draft as Value)
}

/** The value with the items of all its lists made. */
export function wholeValue(draft: Draft): Value {
  if (draft instanceof LazyList) return [...draft.items()]
  if (draft instanceof Map) return new Map([...draft].map(([name, member]) => [name, wholeValue(member)]))
  return Array.isArray(draft) ? draft.map(wholeValue) : (draft as Value)
}
