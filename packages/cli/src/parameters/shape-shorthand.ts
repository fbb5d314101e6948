import type { Shape } from '@berth/model'
import { parseInteger } from '../python/int.ts'
import { isDict, isList, type Value } from '../python/value.ts'

/**
 * Gives the strings of parsed shorthand the types of their shape: integers, booleans, and a list of one where a scalar
 * stands for a list. What does not fit stays as it is, for validation to report.
 */
export function shapeShorthand(shape: Shape, value: Value): Value {
  switch (shape.type) {
    case 'structure':
      if (!isDict(value)) return value
      return new Map(
        [...value].map(([name, item]) => {
          const member = shape.members[name]
          return [name, member ? shapeMember(member, item) : item] as const
        }),
      )
    case 'list':
      return isList(value) ? value.map(item => shapeShorthand(shape.item, item)) : value
    case 'integer':
    case 'long':
      return typeof value === 'string' ? (parseInteger(value) ?? value) : value
    case 'boolean':
      if (typeof value !== 'string') return value
      return value.toLowerCase() === 'true' ? true : value.toLowerCase() === 'false' ? false : value
    default:
      return value
  }
}

const shapeMember = (shape: Shape, value: Value): Value =>
  shapeShorthand(shape, shape.type === 'list' && !isList(value) ? [value] : value)
