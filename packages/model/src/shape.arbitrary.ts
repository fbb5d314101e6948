import fc from 'fast-check'
import type { Infer, Shape } from './shapes.ts'

/** Valid values of a shape. They are small, but of every form that its constraints leave open. */
export function valid<S extends Shape>(shape: S): fc.Arbitrary<Infer<S>> {
  return arbitraryOf(shape) as fc.Arbitrary<Infer<S>>
}

const EXTRA = 12

function arbitraryOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case 'string': {
      const { min = 0, max = Number.POSITIVE_INFINITY, pattern } = shape
      if (shape.enum !== undefined) return fc.constantFrom(...shape.enum)
      if (pattern === undefined) {
        return fc.string({ unit: 'binary', minLength: min, maxLength: Math.min(max, min + EXTRA) })
      }
      return fc
        .stringMatching(new RegExp(`^(?:${pattern})$`), { maxLength: Math.min(max, 60) })
        .filter(text => text.length >= min)
    }
    case 'integer':
      return fc.integer({ min: shape.min ?? -(2 ** 31), max: shape.max ?? 2 ** 31 - 1 })
    case 'long':
      return fc.maxSafeInteger().filter(value => value >= (shape.min ?? -Infinity) && value <= (shape.max ?? Infinity))
    case 'boolean':
      return fc.boolean()
    case 'timestamp':
      return fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    case 'blob':
      return fc.uint8Array({ minLength: shape.min ?? 0, maxLength: (shape.min ?? 0) + EXTRA }).map(Buffer.from)
    case 'list':
      return fc.array(arbitraryOf(shape.item), { minLength: shape.min ?? 0, maxLength: (shape.min ?? 0) + 3 })
    case 'structure':
      return fc.record(
        Object.fromEntries(Object.entries(shape.members).map(([name, member]) => [name, arbitraryOf(member)])),
        { requiredKeys: [...shape.required], noNullPrototype: true },
      )
  }
}
