/**
 * How deep lists and maps may nest in JSON, YAML and shorthand, and parts of a query in one another. Readers and
 * writers call themselves once a level, so this bounds the stack. No parameter of the service nests deeper than five.
 */
export const MAX_DEPTH = 500

/**
 * Whether something nests deeper than `MAX_DEPTH`, found level by level. What stands in several places of a level is
 * looked at once.
 */
export function nestsTooDeeply<T>(root: T, childrenOf: (parent: T) => readonly T[]): boolean {
  let level: ReadonlySet<T> = new Set([root])
  for (let depth = 0; level.size > 0; depth++) {
    if (depth > MAX_DEPTH) return true
    level = new Set([...level].flatMap(childrenOf))
  }
  return false
}
