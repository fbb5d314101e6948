/** Shapes of the model and schemas of the AWS SDK in one form, to be compared. */
import type { Shape } from '../shapes.ts'

/** What both sides can say of a shape. The SDK leaves out constraints and the names of simple shapes. */
export type Outline =
  | string
  | { list: Outline }
  | { structure: string; required: string[]; members: Record<string, Outline> }

export function outline(shape: Shape): Outline {
  if (shape.type === 'integer' || shape.type === 'long') return 'number'
  if (shape.type === 'list') return { list: outline(shape.item) }
  if (shape.type !== 'structure') return shape.type
  const members = Object.entries(shape.members).map(([name, member]) => [name, outline(member)] as const)
  return { structure: shape.shapeName, required: [...shape.required].sort(), members: Object.fromEntries(members) }
}

const SIMPLE = new Map<unknown, Outline>([
  [0, 'string'],
  [1, 'number'],
  [2, 'boolean'],
  [4, 'timestamp'],
  [21, 'blob'],
  [64, { list: 'string' }],
])
const LIST = 1
const STRUCTURES = [3, -3]

/**
 * Reads the SDK's static schemas: `[kind, namespace, name, traits, …]`, with numbers for simple shapes and thunks for
 * references.
 */
export function sdkOutline(schema: unknown): Outline {
  if (typeof schema === 'function') return sdkOutline(schema())
  if (Array.isArray(schema) && schema[0] === LIST) return { list: sdkOutline(schema[4]) }
  if (Array.isArray(schema) && STRUCTURES.includes(schema[0])) {
    const [, , structure, , members, shapes, requiredCount = 0] = schema
    return {
      structure,
      // The SDK moves the required members to the front and keeps their number.
      required: members.slice(0, requiredCount).sort(),
      members: Object.fromEntries(members.map((name: string, i: number) => [name, sdkOutline(shapes[i])])),
    }
  }
  const simple = SIMPLE.get(schema)
  if (simple === undefined) throw new Error(`unknown schema ${String(schema)}`)
  return simple
}

/** A shape with all shapes that it is made of. */
export function* nested(shape: Shape): Generator<Shape> {
  yield shape
  if (shape.type === 'list') yield* nested(shape.item)
  if (shape.type === 'structure') for (const member of Object.values(shape.members)) yield* nested(member)
}
