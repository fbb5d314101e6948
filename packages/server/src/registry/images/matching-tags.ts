import type { Tag } from '../../domain/names.ts'
import { tagMatcher } from '../../domain/tag-patterns.ts'
import { Turns } from '../pace.ts'

/**
 * Tags matched before it is asked whether others wait: fifty patterns of a hundred characters take a few milliseconds.
 */
const TAGS = 50

/** Those of the tags that a list of patterns names; a hundred images may have a hundred thousand. */
export async function matchingTags(patterns: readonly string[], lists: Iterable<readonly Tag[]>): Promise<Set<Tag>> {
  const matching = new Set<Tag>()
  if (patterns.length === 0) return matching
  const matches = tagMatcher(patterns)
  const turns = new Turns()
  for (const tags of lists) {
    for (const [index, tag] of tags.entries()) {
      if (matches(tag)) matching.add(tag)
      if (index % TAGS === TAGS - 1) await turns.pass()
    }
  }
  return matching
}
