import type { Operation, Shape } from '@berth/model'
import { outputFormat } from '../../output/print.ts'
import { DateValue, type Value } from '../../python/value.ts'
import type { Context } from '../command.ts'

/** An input to fill in: every member, empty. */
export function inputSkeleton(shape: Shape): Value {
  switch (shape.type) {
    case 'structure':
      return new Map(Object.entries(shape.members).map(([name, member]) => [name, inputSkeleton(member)]))
    case 'list':
      return [inputSkeleton(shape.item)]
    case 'string':
      return shape.enum?.[0] ?? ''
    case 'integer':
    case 'long':
      return 0
    case 'boolean':
      return true
    case 'blob':
      return null
    case 'timestamp':
      return new DateValue('1970-01-01T00:00:00', 'datetime.datetime')
  }
}

/** An answer such as the service might give. Strings name their member, and times have a `T` in JSON only. */
export function outputSkeleton({ output }: Operation, { options, settings }: Context): ReadonlyMap<string, Value> {
  const time = new DateValue(
    outputFormat(options.output, settings) === 'json' ? '1970-01-01T00:00:00' : '1970-01-01 00:00:00',
    'datetime.datetime',
  )
  const sample = (shape: Shape, name: string): Value => {
    switch (shape.type) {
      case 'structure':
        return members(shape)
      case 'list':
        return [sample(shape.item, shape.item.shapeName)]
      case 'string':
        return name
      case 'integer':
      case 'long':
        return 0
      case 'boolean':
        return true
      case 'blob':
        return name
      case 'timestamp':
        return time
    }
  }
  const members = (shape: Shape & { type: 'structure' }) =>
    new Map(Object.entries(shape.members).map(([name, member]) => [name, sample(member, name)]))
  return members(output)
}
