import { matchesGlob, parseGlob } from './glob.ts'
import type { TagSelection } from './policy.ts'

/**
 * Makes the test that tells whether a rule looks at an image with certain tags. One test serves all images of a rule.
 */
export function tagMatcher(selection: TagSelection): (tags: readonly string[]) => boolean {
  switch (selection.tagStatus) {
    case 'any':
      return () => true
    case 'untagged':
      return tags => tags.length === 0
    case 'tagged':
      return 'tagPrefixList' in selection ? prefixesMet(selection.tagPrefixList) : patternsMet(selection.tagPatternList)
  }
}

/**
 * Makes the test whether some tag begins with each prefix. In sorted order, the tags that begin with a text stand
 * together, and the least of them is the first that is not less than the text.
 */
function prefixesMet(prefixes: readonly string[]): (tags: readonly string[]) => boolean {
  const distinct = [...new Set(prefixes)]
  return tags => {
    const sorted = tags.length > 1 ? tags.toSorted() : tags
    return distinct.every(prefix => sorted[firstFrom(sorted, prefix)]?.startsWith(prefix))
  }
}

/** The place of the first text in the list that is not less than `text`. */
function firstFrom(sorted: readonly string[], text: string): number {
  let from = 0
  let to = sorted.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((sorted[middle] ?? '') < text) from = middle + 1
    else to = middle
  }
  return from
}

function patternsMet(patterns: readonly string[]): (tags: readonly string[]) => boolean {
  const globs = [...new Set(patterns)].map(parseGlob)
  return tags => globs.every(glob => tags.some(tag => matchesGlob(glob, tag)))
}
