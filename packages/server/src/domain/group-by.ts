/**
 * The values of all items with the same key, in the order of the items. (`Map.groupBy` is not in every Node served.)
 */
export function groupBy<T, K, V>(items: Iterable<T>, toKey: (item: T) => K, toValue: (item: T) => V): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const item of items) {
    const key = toKey(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [toValue(item)])
    else group.push(toValue(item))
  }
  return groups
}
