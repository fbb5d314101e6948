export { decode, encode, type JsonValue } from './aws-json.ts'
export { type ErrorName, errors } from './errors.ts'
export { type HandlersOf, kebabCase, type Operation, type OperationTable, type Pagination } from './operation.ts'
export {
  type Handlers,
  type Input,
  isOperationName,
  type OperationName,
  type Operations,
  type Output,
  operations,
} from './operations.ts'
export { type Found, SerializationError } from './serialization-error.ts'
export { type ServiceNames, service } from './service.ts'
export type {
  BlobShape,
  BooleanShape,
  Decoded,
  Infer,
  IntegerShape,
  ListShape,
  LongShape,
  MemberShapes,
  Shape,
  StringShape,
  StructureShape,
  TimestampShape,
} from './shapes.ts'
export { type Violation, validate } from './validate.ts'
export { type Encoded, encodeOutput, type Parsed, parseInput } from './wire.ts'
