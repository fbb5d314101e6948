/** The server's two steps for one operation: a request's JSON in, an answer's JSON out. */
import { decode, encode, type JsonValue } from './aws-json.ts'
import { type Input, type OperationName, type Operations, type Output, operations } from './operations.ts'
import { type Violation, validate } from './validate.ts'

/** The input of an operation, or every constraint that its JSON breaks: at least one. */
export type Parsed<Op extends OperationName> =
  | { readonly valid: true; readonly input: Input<Op> }
  | { readonly valid: false; readonly violations: readonly Violation[] }

/** @throws SerializationError where a JSON type is wrong, which goes before any constraint */
export function parseInput<Op extends OperationName>(name: Op, json: JsonValue): Parsed<Op> {
  const shape = operations[name].input
  const decoded = decode(shape, json)
  const violations = validate(shape, decoded)
  return violations.length === 0 ? { valid: true, input: decoded as Input<Op> } : { valid: false, violations }
}

export function encodeOutput<Op extends OperationName>(name: Op, output: Output<Op>): JsonValue {
  return encode<Operations[Op]['output']>(operations[name].output, output)
}
