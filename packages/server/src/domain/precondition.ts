import type { Digest } from './digest.ts'

/**
 * The entity tag of content. Content never changes under its digest, so the digest is a strong validator (RFC 9110,
 * section 8.8.3).
 */
export function etagOf(digest: Digest): string {
  return `"${digest}"`
}

/** The entity tags that a header lists, as written, weak ones with their `W/`; `*` stands for any. */
export type EntityTags = '*' | readonly string[]

/** The conditions that a request wants to be true before it is carried out (RFC 9110, section 13.1). */
export interface Precondition {
  readonly ifMatch?: EntityTags | undefined
  readonly ifNoneMatch?: EntityTags | undefined
}

export type ConditionName = 'If-Match' | 'If-None-Match'

/** One element of a list; it may be empty (RFC 9110, section 5.6.1), and a comma inside of quotes parts nothing. */
const ELEMENT = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y

/** Reads a header; undefined for what is neither `*` nor a list of entity tags. */
export function parseEntityTags(header: string): EntityTags | undefined {
  if (header.trim() === '*') return '*'
  const tags: string[] = []
  for (let at = 0; at < header.length; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at
    const found = ELEMENT.exec(header)
    if (found === null) return undefined
    if (found[1] !== undefined) tags.push(found[1])
  }
  return tags
}

/**
 * The condition that does not hold, if one does not. `etag` is that of what is there; undefined when nothing is. A
 * weak tag never satisfies `If-Match`, and counts as its strong form in `If-None-Match` (section 8.8.3.2).
 */
export function brokenCondition(
  { ifMatch, ifNoneMatch }: Precondition,
  etag: string | undefined,
): ConditionName | undefined {
  if (ifMatch !== undefined && (etag === undefined || (ifMatch !== '*' && !ifMatch.includes(etag)))) return 'If-Match'
  if (ifNoneMatch !== undefined && etag !== undefined && isListed(ifNoneMatch, etag)) return 'If-None-Match'
  return undefined
}

const isListed = (tags: EntityTags, etag: string): boolean =>
  tags === '*' || tags.some(tag => tag.replace(/^W\//, '') === etag)
