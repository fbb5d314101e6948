import type { IncomingMessage } from 'node:http'
import type { Digest } from '../../domain/digest.ts'
import {
  brokenCondition,
  type ConditionName,
  type EntityTags,
  etagOf,
  type Precondition,
  parseEntityTags,
} from '../../domain/precondition.ts'
import { RegistryError } from '../../domain/problem.ts'

/**
 * The conditions of a request; undefined where it has none. `If-Unmodified-Since` is ignored: it asks for dates, which
 * nothing here has (RFC 9110, section 13.1.4).
 * @throws RegistryError `parameterInvalid`
 */
export function preconditionOf({ headers }: IncomingMessage): Precondition | undefined {
  const ifMatch = read('If-Match', headers['if-match'])
  const ifNoneMatch = read('If-None-Match', headers['if-none-match'])
  return ifMatch === undefined && ifNoneMatch === undefined ? undefined : { ifMatch, ifNoneMatch }
}

function read(name: ConditionName, header: string | undefined): EntityTags | undefined {
  if (header === undefined) return undefined
  const tags = parseEntityTags(header)
  if (tags !== undefined) return tags
  const constraint = 'Member must be * or a list of entity tags in double quotes, as ETag gives them'
  throw new RegistryError({ kind: 'parameterInvalid', member: name, constraint })
}

/**
 * Holds a read to its `If-Match`. The caller answers `If-None-Match` with 304.
 * @throws RegistryError `preconditionFailed`, `parameterInvalid`
 */
export function requireIfMatch({ headers }: IncomingMessage, reference: string, current: Digest): void {
  const header = headers['if-match']
  if (header === undefined) return
  const condition = brokenCondition({ ifMatch: read('If-Match', header) }, etagOf(current))
  if (condition !== undefined) throw new RegistryError({ kind: 'preconditionFailed', condition, reference, current })
}

/** Whether the client holds the bytes already (`If-None-Match`; RFC 9110, section 13.1.2). */
export function isHeld(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header === etag) return true
  const tags = parseEntityTags(header)
  return tags === '*' || tags?.some(tag => tag.replace(/^W\//, '') === etag) === true
}

/** Whether a `Range` counts: there is no `If-Range`, or it names these very bytes (section 13.1.5). */
export function rangeApplies(ifRange: string | string[] | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange === etag
}
