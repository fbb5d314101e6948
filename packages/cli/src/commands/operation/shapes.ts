import type { Shape } from '@berth/model'
import type { Value } from '../../python/value.ts'

/** The type of a value as help names it. */
export const typeWord = (shape: Shape): string => (shape.type === 'timestamp' ? 'timestamp' : shape.type)

/** The outline of a structure or a list, a line for each member: `imageTag -> (string)`. */
export function shapeOutline(shape: Shape, depth = 0): string[] {
  const margin = '   '.repeat(depth)
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members).flatMap(([name, member]) => {
        const words = member.documentation === undefined ? '' : ` ${member.documentation}`
        return [`${margin}${name} -> (${typeWord(member)})${words}`, ...shapeOutline(member, depth + 1)]
      })
    case 'list':
      return [`${margin}(${typeWord(shape.item)})`, ...shapeOutline(shape.item, depth + 1)]
    default:
      return []
  }
}

/** How a value of the shape is written as shorthand; undefined where plain words do. */
export function shorthandSyntax(shape: Shape): string | undefined {
  if (shape.type === 'structure') {
    return Object.entries(shape.members)
      .map(
        ([name, member]) =>
          `${name}=${member.type === 'list' ? `${member.item.type},${member.item.type}` : member.type}`,
      )
      .join(',')
  }
  if (shape.type !== 'list') return undefined
  const inner = shorthandSyntax(shape.item)
  return inner === undefined ? `"${shape.item.type}" "${shape.item.type}" ...` : `${inner} ...`
}

/** How a list or a structure is written as JSON; undefined for other shapes. */
export function jsonSyntax(shape: Shape): Value | undefined {
  return shape.type === 'list' || shape.type === 'structure' ? sample(shape) : undefined
}

function sample(shape: Shape): Value {
  if (shape.type === 'structure') {
    return new Map(Object.entries(shape.members).map(([name, member]) => [name, sample(member)]))
  }
  if (shape.type === 'list') return [sample(shape.item), '...']
  if (shape.type === 'string' && shape.enum) return shape.enum.join('|')
  return shape.type
}
