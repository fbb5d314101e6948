/** Digests and tags as clients of the registry endpoint write them; nothing inside looks at their text again. */
import { type AnyDigest, type Digest, isAnyDigest, isDigest } from '../../domain/digest.ts'
import { isTag, parseTag, type Tag } from '../../domain/names.ts'
import { OciError, RegistryError } from '../../domain/problem.ts'

/** Reads a digest of any algorithm. @throws OciError `digestInvalid` */
export function parseAnyDigest(text: string): AnyDigest {
  if (!isAnyDigest(text)) throw new OciError({ kind: 'digestInvalid', text })
  return text
}

/** Reads a digest that content can be stored under. @throws OciError `digestInvalid`, `digestUnsupported` */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new OciError({ kind: isAnyDigest(text) ? 'digestUnsupported' : 'digestInvalid', text })
}

/**
 * Reads what a path names in a repository. A text that cannot be a tag, or a digest of another algorithm, was never
 * pushed: it is unknown, not invalid.
 * @throws OciError `digestInvalid`, `manifestUnknown`
 */
export function parseReference(text: string): { tag: Tag } | { digest: Digest } {
  if (text.includes(':')) {
    const digest = parseAnyDigest(text)
    if (isDigest(digest)) return { digest }
  } else if (isTag(text)) return { tag: text }
  throw new OciError({ kind: 'manifestUnknown', reference: text })
}

/**
 * Reads what a push names: a tag, or a digest with tags.
 * @throws ProblemError `digestInvalid`, `digestUnsupported`, `tagInvalid`, `parameterInvalid` for tags in path and
 * query at once
 */
export function parsePush(
  reference: string,
  extraTags: readonly string[],
): { digest: Digest | undefined; tags: Tag[] } {
  if (reference.includes(':'))
    return { digest: parseDigest(reference), tags: [...new Set(extraTags.map(text => parseTag(text)))] }
  if (extraTags.length > 0)
    throw new RegistryError({ kind: 'parameterInvalid', member: 'tag', constraint: 'The path must name a digest' })
  return { digest: undefined, tags: [parseTag(reference)] }
}
