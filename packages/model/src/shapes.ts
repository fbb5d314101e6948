/**
 * The vocabulary of a service model: shapes are plain data, so that one walker each can validate,
 * encode, decode, print help or draw a skeleton.
 */

interface Traits {
  /** One or two sentences for a person. A member may have other words than the shape that it shares. */
  readonly documentation?: string
  /** Whether the value must not appear in a log. */
  readonly sensitive?: boolean
}

interface Base extends Traits {
  readonly shapeName: string
}

interface StringConstraints<Value extends string> {
  /** The fewest characters, counted as Unicode code points. */
  readonly min?: number
  readonly max?: number
  /** The service model's own text. It applies to the whole value, anchored or not. */
  readonly pattern?: string
  readonly enum?: readonly Value[]
}

interface Range {
  readonly min?: number
  readonly max?: number
}

export interface StringShape<Value extends string = string> extends Base, StringConstraints<Value> {
  readonly type: 'string'
}
/** A 32-bit integer. `min` and `max` are values. */
export interface IntegerShape extends Base, Range {
  readonly type: 'integer'
}
/** A 64-bit integer, of which JSON and this package carry the safe 53 bits. */
export interface LongShape extends Base, Range {
  readonly type: 'long'
}
export interface BooleanShape extends Base {
  readonly type: 'boolean'
}
export interface TimestampShape extends Base {
  readonly type: 'timestamp'
}
/** `min` and `max` count bytes, not base64 characters. */
export interface BlobShape extends Base, Range {
  readonly type: 'blob'
}
/** `min` and `max` count items. */
export interface ListShape<Item extends Shape = Shape> extends Base, Range {
  readonly type: 'list'
  readonly item: Item
}
export interface StructureShape<Members extends MemberShapes = MemberShapes, Required extends string = string>
  extends Base {
  readonly type: 'structure'
  /** The members in the service model's order, which is the order of encoded and printed members. */
  readonly members: Members
  readonly required: readonly Required[]
}

export interface MemberShapes {
  readonly [name: string]: Shape
}

export type Shape =
  | StringShape
  | IntegerShape
  | LongShape
  | BooleanShape
  | TimestampShape
  | BlobShape
  | ListShape
  | StructureShape

type Flat<T> = { [K in keyof T]: T[K] }

/** The TypeScript value of a shape: timestamps are `Date`, blobs `Uint8Array`, both integers `number`. */
export type Infer<S extends Shape> = S extends { readonly type: 'string'; readonly enum: readonly (infer Value)[] }
  ? Value
  : S extends StringShape
    ? string
    : S extends IntegerShape | LongShape
      ? number
      : S extends BooleanShape
        ? boolean
        : S extends TimestampShape
          ? Date
          : S extends BlobShape
            ? Uint8Array
            : S extends ListShape<infer Item>
              ? readonly Infer<Item>[]
              : S extends StructureShape<infer Members, infer Required>
                ? InferMembers<Members, Required>
                : never

type InferMembers<Members extends MemberShapes, Required extends string> = Flat<
  { readonly [K in Extract<keyof Members, Required>]: Infer<Members[K]> } & {
    readonly [K in Exclude<keyof Members, Required>]?: Infer<Members[K]> | undefined
  }
>

/** A value whose JSON types are right. Nothing else is known of it: required members may be absent. */
export type Decoded<S extends Shape> =
  S extends ListShape<infer Item>
    ? readonly (Decoded<Item> | undefined)[]
    : S extends StructureShape<infer Members>
      ? { readonly [K in keyof Members]?: Decoded<Members[K]> | undefined }
      : Infer<S>

export function string(shapeName: string, options: Traits & Omit<StringConstraints<string>, 'enum'> = {}): StringShape {
  return { type: 'string', shapeName, ...options }
}

export function enumeration<const Value extends string>(
  shapeName: string,
  values: readonly Value[],
  traits: Traits = {},
): StringShape<Value> & { readonly enum: readonly Value[] } {
  return { type: 'string', shapeName, enum: values, ...traits }
}

export function integer(shapeName: string, options: Traits & Range = {}): IntegerShape {
  return { type: 'integer', shapeName, ...options }
}

export function long(shapeName: string, options: Traits & Range = {}): LongShape {
  return { type: 'long', shapeName, ...options }
}

export function boolean(shapeName: string, traits: Traits = {}): BooleanShape {
  return { type: 'boolean', shapeName, ...traits }
}

export function timestamp(shapeName: string, traits: Traits = {}): TimestampShape {
  return { type: 'timestamp', shapeName, ...traits }
}

export function blob(shapeName: string, options: Traits & Range = {}): BlobShape {
  return { type: 'blob', shapeName, ...options }
}

export function list<Item extends Shape>(shapeName: string, item: Item, options: Traits & Range = {}): ListShape<Item> {
  return { type: 'list', shapeName, item, ...options }
}

export function structure<Members extends MemberShapes, const Required extends keyof Members & string = never>(
  shapeName: string,
  members: Members,
  required: readonly Required[] = [],
  traits: Traits = {},
): StructureShape<Members, Required> {
  return { type: 'structure', shapeName, members, required, ...traits }
}

/** The same shape with other words, for one member. */
export function described<S extends Shape>(shape: S, documentation: string): S {
  return { ...shape, documentation }
}
