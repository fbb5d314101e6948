import type { Operation, Shape } from '@berth/model'

/** An input to fill in, as YAML. Comments tell what is required, and what each member is for. */
export function yamlSkeleton({ input }: Operation): string {
  return members(input, '', '') || '{}\n'
}

/** The members of a structure, `first` before the first of them and `margin` before the others. */
function members(shape: Shape & { type: 'structure' }, first: string, margin: string): string {
  return Object.entries(shape.members)
    .map(([name, member], index) => {
      const comment = commentOn(member, shape.required.includes(name))
      const gap = comment === '' ? '' : `${index === 0 ? '  ' : ' '}# ${comment}`
      return `${index === 0 ? first : margin}${name}:${value(member, margin, gap)}`
    })
    .join('')
}

function value(shape: Shape, margin: string, comment: string): string {
  switch (shape.type) {
    case 'structure':
      return `${comment}\n${members(shape, `${margin}  `, `${margin}  `)}`
    case 'list':
      return `${comment}\n${item(shape.item, margin)}`
    default:
      return ` ${scalar(shape)}${comment}\n`
  }
}

function item(shape: Shape, margin: string): string {
  if (shape.type === 'structure') return members(shape, `${margin}- `, `${margin}  `)
  if (shape.type === 'list') return `${margin}-\n${item(shape.item, `${margin}  `)}`
  return `${margin}- ${scalar(shape)}\n`
}

function scalar(shape: Shape): string {
  switch (shape.type) {
    case 'string':
      return shape.enum?.[0] ?? "''"
    case 'boolean':
      return 'true'
    case 'blob':
      return "!!binary ''"
    case 'timestamp':
      return '1970-01-01 00:00:00'
    default:
      return '0'
  }
}

function commentOn(shape: Shape, required: boolean): string {
  const values = shape.type === 'string' && shape.enum ? `Valid values are: ${shape.enum.join(', ')}.` : ''
  return [required ? '[REQUIRED]' : '', shape.documentation ?? '', values].filter(part => part !== '').join(' ')
}
