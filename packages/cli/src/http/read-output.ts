import type { Shape } from '@berth/model'
import { CommandError } from '../errors.ts'
import { JsonDepthError, JsonError, parseJson } from '../python/parse-json.ts'
import { str } from '../python/text.ts'
import { isoTimestamp } from '../python/timestamp.ts'
import { isDict, isList, isNested, type Value } from '../python/value.ts'

/** How timestamps are shown: in ISO 8601, or as the service sent them. */
export type TimestampFormat = 'iso8601' | 'wire'

/**
 * The members of an answer that the model knows, in the model's order, without nulls. A body that is no JSON counts as
 * an empty answer.
 * @throws CommandError `general` when lists and structures are not where the model has them
 */
export function readOutput(shape: Shape, body: string, timestamps: TimestampFormat): ReadonlyMap<string, Value> {
  const value = read(shape, answer(body), timestamps, 'the answer')
  return isDict(value) ? value : new Map()
}

const TOO_DEEP = 'The service sent an answer that cannot be read'

function answer(body: string): Value {
  try {
    return parseJson(body)
  } catch (error) {
    if (error instanceof JsonDepthError) throw new CommandError('general', `${TOO_DEEP}: ${error.message}`)
    if (error instanceof JsonError) return new Map()
    throw error
  }
}

function read(shape: Shape, value: Value, timestamps: TimestampFormat, place: string): Value {
  const unexpected = () =>
    new CommandError('general', `The service sent an answer that does not fit: ${place} should be a ${shape.type}.`)
  switch (shape.type) {
    case 'structure': {
      if (!isDict(value)) throw unexpected()
      const members = new Map<string, Value>()
      for (const [name, member] of Object.entries(shape.members)) {
        const item = value.get(name) ?? null
        if (item !== null) members.set(name, read(member, item, timestamps, name))
      }
      return members
    }
    case 'list':
      if (!isList(value)) throw unexpected()
      return value.map(item => read(shape.item, item, timestamps, `an item of ${place}`))
    case 'timestamp':
      if (timestamps === 'wire') return value
      if (isNested(value)) throw unexpected()
      return timestamp(str(typeof value === 'boolean' ? Number(value) : value))
    case 'blob':
      return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value
    default:
      return value
  }
}

function timestamp(text: string): string {
  const iso = isoTimestamp(text)
  if (iso === undefined) {
    const reason = text.trim() === '' ? 'String does not contain a date' : 'Unknown string format'
    throw new CommandError('general', `Invalid timestamp "${text}": ${reason}: ${text}`)
  }
  return iso
}
