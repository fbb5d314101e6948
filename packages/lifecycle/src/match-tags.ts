import type { TagSelection } from './policy.ts'

/**
 * Whether an image with such tags is one that a rule looks at. Made once for a rule: matching takes time in proportion to
 * the length of tags and lists, whatever the wildcards.
 */
export function tagMatcher(selection: TagSelection): (tags: readonly string[]) => boolean {
  switch (selection.tagStatus) {
    case 'any':
      return () => true
    case 'untagged':
      return tags => tags.length === 0
    case 'tagged': {
      const tests =
        'tagPrefixList' in selection
          ? selection.tagPrefixList.map(prefix => (tag: string) => tag.startsWith(prefix))
          : selection.tagPatternList.map(patternTest)
      return tags => tests.every(test => tags.some(test))
    }
  }
}

/** A wildcard stands for any number of characters. Taking the first place for each part in between is always right. */
function patternTest(pattern: string): (tag: string) => boolean {
  const [start = '', ...rest] = pattern.split('*')
  const end = rest.pop()
  if (end === undefined) return tag => tag === pattern
  return tag => {
    if (!tag.startsWith(start) || !tag.endsWith(end)) return false
    let position = start.length
    for (const part of rest) {
      const found = tag.indexOf(part, position)
      if (found === -1) return false
      position = found + part.length
    }
    return position + end.length <= tag.length
  }
}
