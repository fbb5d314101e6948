import { digestOf } from '../../domain/digest.ts'
import type { Tag } from '../../domain/names.ts'
import { tagMatcher } from '../../domain/tag-patterns.ts'
import { Turns } from '../pace.ts'

/**
 * How many tags are matched before others get a turn: fifty patterns of a hundred characters take a few milliseconds.
 */
const TAGS = 50

/**
 * Finds the tags that a list of patterns names in lists of tags: a hundred images may have a hundred thousand. Lists
 * that are matched before a transaction are only looked up in it, so that no writer waits for patterns. A list that
 * has changed meanwhile is matched again; where the patterns have changed, all lists are.
 */
export class TagLists {
  /** The matched tags, by patterns and list. */
  readonly #seen = new Map<string, readonly Tag[]>()
  readonly #turns = new Turns()

  async matching(patterns: readonly string[], lists: Iterable<readonly Tag[]>): Promise<Set<Tag>> {
    const matching = new Set<Tag>()
    if (patterns.length === 0) return matching
    const matches = tagMatcher(patterns)
    for (const tags of lists) {
      const key = digestOf(`${patterns.join(' ')} / ${tags.join(' ')}`)
      const found = this.#seen.get(key) ?? (await this.#match(matches, tags))
      this.#seen.set(key, found)
      for (const tag of found) matching.add(tag)
    }
    return matching
  }

  async #match(matches: (tag: string) => boolean, tags: readonly Tag[]): Promise<Tag[]> {
    const matching: Tag[] = []
    for (const [index, tag] of tags.entries()) {
      if (matches(tag)) matching.push(tag)
      if (index % TAGS === 0) await this.#turns.pass()
    }
    return matching
  }
}
