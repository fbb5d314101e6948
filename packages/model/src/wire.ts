/** The server's two steps for one operation: a request's JSON in, an answer's JSON out. */
import { decode, encode, encodeText, type JsonValue } from './aws-json.ts'
import type { Infer, StructureShape } from './shapes.ts'
import { type Violation, validate } from './validate.ts'

/** The input of an operation, or the constraints that its JSON breaks, of which there is at least one. */
export type Parsed<Input extends StructureShape> =
  | { readonly valid: true; readonly input: Infer<Input> }
  | { readonly valid: false; readonly violations: readonly Violation[] }

/**
 * Reads the input of an operation. A wrong JSON type is told before any constraint.
 * @throws SerializationError where a JSON type is wrong
 */
export function parseInput<Input extends StructureShape>(
  { input: shape }: { readonly input: Input },
  json: JsonValue,
): Parsed<Input> {
  const decoded = decode(shape, json)
  const violations = validate(shape, decoded)
  return violations.length === 0
    ? { valid: true, input: decoded as unknown as Infer<Input> }
    : { valid: false, violations }
}

/** What an operation answers, in the forms that it may be wanted in. */
export interface Encoded {
  readonly json: () => JsonValue
  /** The JSON text of the output, in pieces as short as an item of a list allows. */
  readonly text: () => Iterable<string>
}

/** Encodes the output of an operation. */
export function encodeOutput<Output extends StructureShape>(
  { output: shape }: { readonly output: Output },
  output: Infer<Output>,
): Encoded {
  return { json: () => encode(shape, output), text: () => encodeText(shape, output) }
}
