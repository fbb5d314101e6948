import type { Shape } from '@berth/model'
import { CommandError } from '../errors.ts'
import { decodeBase64 } from '../python/base64.ts'
import { isDict, isList, type Value } from '../python/value.ts'

/** How the text of a binary parameter is read: as base64 to be decoded, or as the bytes themselves. */
export type BinaryFormat = 'base64' | 'raw-in-base64-out'

/**
 * Replaces the texts of an input's binary members by the bytes that they stand for. Bytes stay as they are.
 * @throws CommandError `general` for text that is no base64
 */
export function encodeBlobs(shape: Shape, value: Value, format: BinaryFormat): Value {
  if (shape.type === 'blob' && typeof value === 'string') {
    return format === 'base64' ? readBase64(value) : new Uint8Array(Buffer.from(value, 'utf8'))
  }
  if (shape.type === 'list' && isList(value)) return value.map(item => encodeBlobs(shape.item, item, format))
  if (shape.type !== 'structure' || !isDict(value)) return value
  const members = new Map(value)
  for (const [name, item] of value) {
    const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined
    if (member) members.set(name, encodeBlobs(member, item, format))
  }
  return members
}

function readBase64(text: string): Uint8Array {
  if (/[^\0-\x7f]/.test(text)) {
    throw new CommandError('general', 'string argument should contain only ASCII characters')
  }
  const bytes = decodeBase64(text)
  if (bytes === undefined) throw new CommandError('general', `Invalid base64: "${text}"`)
  return bytes
}
