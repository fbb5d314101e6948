import { typeName } from '../python/text.ts'
import { isDict, isList, isNumber, type Value } from '../python/value.ts'
import { compareOrdered, equal } from './compare.ts'
import { callFunction } from './functions.ts'
import { QueryRuntimeError } from './query-error.ts'
import { Reference } from './reference.ts'
import type { Comparison, Node, Slice } from './syntax-tree.ts'

/** Applies an expression to a value. @throws QueryRuntimeError */
export function evaluate(node: Node, value: Value): Value {
  switch (node.type) {
    case 'identity':
      return value
    case 'field':
      return isDict(value) ? (value.get(node.name) ?? null) : null
    case 'index':
      return isList(value) ? (value.at(node.index) ?? null) : null
    case 'slice':
      return isList(value) ? slice(value, node) : null
    case 'literal':
      return node.value
    case 'flatten': {
      const list = evaluate(node.child, value)
      return isList(list) ? list.flatMap(item => (isList(item) ? item : [item])) : null
    }
    case 'not':
      return isFalse(evaluate(node.child, value))
    case 'chain':
      return node.steps.reduce((current, step) => evaluate(step, current), value)
    case 'or':
    case 'and': {
      const left = evaluate(node.left, value)
      return isFalse(left) === (node.type === 'or') ? evaluate(node.right, value) : left
    }
    case 'projection': {
      const list = evaluate(node.left, value)
      return isList(list) ? project(list, node.right) : null
    }
    case 'valueProjection': {
      const dict = evaluate(node.left, value)
      return isDict(dict) ? project([...dict.values()], node.right) : null
    }
    case 'filter': {
      const list = evaluate(node.left, value)
      if (!isList(list)) return null
      return project(
        list.filter(item => !isFalse(evaluate(node.condition, item))),
        node.right,
      )
    }
    case 'comparison':
      return compare(node.operator, evaluate(node.left, value), evaluate(node.right, value))
    case 'list':
      return value === null ? null : node.items.map(item => evaluate(item, value))
    case 'hash':
      return value === null ? null : new Map(node.members.map(([name, item]) => [name, evaluate(item, value)]))
    case 'call':
      return callFunction(
        node.name,
        node.args.map(arg =>
          arg.type === 'reference' ? new Reference(item => evaluate(arg.child, item)) : evaluate(arg, value),
        ),
      )
    case 'reference':
      return null
  }
}

const project = (list: readonly Value[], each: Node) =>
  list.map(item => evaluate(each, item)).filter(item => item !== null)

/** Whether JMESPath takes the value for false: null, false and whatever is empty. Zero counts as true. */
function isFalse(value: Value): boolean {
  if (isDict(value)) return value.size === 0
  return value === null || value === false || value === '' || (isList(value) && value.length === 0)
}

const SIGNS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

function compare(operator: Comparison, left: Value, right: Value): Value {
  if (operator === 'eq') return equal(left, right)
  if (operator === 'ne') return !equal(left, right)
  const order = compareOrdered(left, right)
  if (order === undefined) {
    const ordered = (value: Value) => typeof value === 'string' || isNumber(value)
    if (ordered(left) && ordered(right)) {
      const types = [left, right].map(value => `'${typeName(value)}'`).join(' and ')
      throw new QueryRuntimeError(`'${SIGNS[operator]}' not supported between instances of ${types}`)
    }
    return null
  }
  if (operator === 'lt') return order < 0
  if (operator === 'lte') return order <= 0
  return operator === 'gt' ? order > 0 : order >= 0
}

/** Cuts as Python's slices do: bounds count from the end when negative, and steps may go backwards. */
function slice(list: readonly Value[], { start, stop, step = 1 }: Slice): Value[] {
  if (step === 0) throw new QueryRuntimeError('slice step cannot be zero')
  const length = list.length
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1]
  const bound = (index: number) => Math.min(Math.max(index < 0 ? index + length : index, low), high)
  const from = start === undefined ? (step > 0 ? low : high) : bound(start)
  const to = stop === undefined ? (step > 0 ? high : low) : bound(stop)
  const items: Value[] = []
  for (let i = from; step > 0 ? i < to : i > to; i += step) items.push(list[i] ?? null)
  return items
}
