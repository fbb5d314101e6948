import type { Flag } from '../schema.ts'

/** A port's row as a query returns it: null where a member is undefined, a flag for a boolean. */
export type Stored<Row> = {
  [Member in keyof Row]: Row[Member] extends boolean
    ? Flag
    : undefined extends Row[Member]
      ? Exclude<Row[Member], undefined> | null
      : Row[Member]
}

export const toFlag = (value: boolean): Flag => (value ? 1 : 0)

export const toJson = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))

/** The same memory as a Buffer: drivers answer with bare typed arrays. */
export const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
