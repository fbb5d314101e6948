import type { Value } from '../python/value.ts'

export type Comparison = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte'

export interface Slice {
  readonly start?: number
  readonly stop?: number
  readonly step?: number
}

/** A JMESPath expression as a tree. */
export type Node =
  | { readonly type: 'identity' }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | ({ readonly type: 'slice' } & Slice)
  | { readonly type: 'literal'; readonly value: Value }
  | { readonly type: 'flatten' | 'not' | 'reference'; readonly child: Node }
  | { readonly type: 'chain'; readonly steps: Node[] }
  | {
      readonly type: 'projection' | 'valueProjection' | 'or' | 'and'
      readonly left: Node
      readonly right: Node
    }
  | { readonly type: 'filter'; readonly left: Node; readonly right: Node; readonly condition: Node }
  | { readonly type: 'comparison'; readonly operator: Comparison; readonly left: Node; readonly right: Node }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly type: 'list'; readonly items: readonly Node[] }
  | { readonly type: 'hash'; readonly members: readonly (readonly [name: string, value: Node])[] }

/** One step after another. Steps stand in one list, so that a long path is not a deep tree. */
export function chain(left: Node, right: Node): Node {
  if (left.type !== 'chain') return { type: 'chain', steps: [left, right] }
  left.steps.push(right)
  return left
}

/** The parts that a part of a query is applied through. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.type) {
    case 'flatten':
    case 'not':
    case 'reference':
      return [node.child]
    case 'chain':
      return node.steps
    case 'filter':
      return [node.left, node.condition, node.right]
    case 'projection':
    case 'valueProjection':
    case 'or':
    case 'and':
    case 'comparison':
      return [node.left, node.right]
    case 'call':
      return node.args
    case 'list':
      return node.items
    case 'hash':
      return node.members.map(([, value]) => value)
    default:
      return []
  }
}
