import { kebabCase, type Operation, type Shape } from '@berth/model'
import type { ArgumentSpec } from './parse-arguments.ts'

export type OperationOption = ArgumentSpec & {
  /** The member of the operation's input that the option sets. */
  readonly member?: { readonly name: string; readonly shape: Shape }
  /** Whether help leaves the option out, because paging does its work. It is accepted, and completion offers it. */
  readonly hidden?: boolean
}

export const SKELETON_KINDS = ['input', 'output', 'yaml-input'] as const

const option = (name: string, more: Partial<OperationOption> = {}): OperationOption => ({
  name: `--${name}`,
  key: name,
  arity: 'one',
  ...more,
})

/** The options of an operation: one or two for each member of its input, and those that every operation has. */
export function operationOptions(operation: Operation): readonly OperationOption[] {
  const { pagination } = operation
  const paging: readonly string[] = pagination ? [pagination.inputToken, pagination.limitKey] : []
  const members = Object.entries(operation.input.members).flatMap(([name, shape]) =>
    memberOptions(name, shape, {
      required: operation.input.required.includes(name),
      ...(paging.includes(name) && { hidden: true }),
    }),
  )
  return [
    ...members,
    option('cli-input-json'),
    option('cli-input-yaml'),
    ...(pagination
      ? [option('starting-token'), option('page-size', { integer: true }), option('max-items', { integer: true })]
      : []),
    option('generate-cli-skeleton', { arity: 'optional', bare: 'input', choices: SKELETON_KINDS }),
  ]
}

function memberOptions(name: string, shape: Shape, more: Partial<OperationOption>): OperationOption[] {
  const member = { name, shape }
  const own = option(kebabCase(name), { ...more, key: name, member })
  switch (shape.type) {
    case 'boolean':
      return [
        { ...own, arity: 'none', bare: true },
        { ...own, name: `--no-${kebabCase(name)}`, arity: 'none', bare: false },
      ]
    case 'list':
      return [{ ...own, arity: 'many' }]
    case 'integer':
    case 'long':
      // Hidden options are converted after parsing, and fail with another message.
      return [{ ...own, ...(more.hidden ? {} : { integer: true }) }]
    default:
      return [own]
  }
}

/** The options, marked as required where they are, unless a whole input comes some other way. */
export function withRequirements(options: readonly OperationOption[], argv: readonly string[]): OperationOption[] {
  const skeleton = argv.indexOf('--generate-cli-skeleton')
  const relaxed =
    argv.includes('--cli-input-json') ||
    argv.includes('--cli-input-yaml') ||
    (skeleton >= 0 && argv[skeleton + 1] !== 'output')
  return relaxed ? options.map(each => ({ ...each, required: false })) : [...options]
}
