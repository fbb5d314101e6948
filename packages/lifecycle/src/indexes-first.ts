import type { LifecycleImage } from './image.ts'

/**
 * Of what is marked, what may go: no image that an index lists that stays, nor what such an image lists in turn. The
 * oldest comes first, but every image right after the last index that lists it.
 */
export function expireIndexesFirst<T>(newestFirst: readonly LifecycleImage[], marked: ReadonlyMap<string, T>): T[] {
  const listed = new Map<string, LifecycleImage[]>()
  for (const image of newestFirst) {
    for (const parent of image.parents ?? []) {
      const siblings = listed.get(parent)
      if (siblings === undefined) listed.set(parent, [image])
      else siblings.push(image)
    }
  }

  const going = new Map(marked)
  const staying = Array.from(listed.keys()).filter(digest => !marked.has(digest))
  for (let digest = staying.pop(); digest !== undefined; digest = staying.pop())
    for (const image of listed.get(digest) ?? []) if (going.delete(image.digest)) staying.push(image.digest)

  const expiries: T[] = []
  const waitingFor = new Map(newestFirst.map(({ digest, parents }) => [digest, parents?.length ?? 0]))
  const next = newestFirst.filter(({ digest }) => waitingFor.get(digest) === 0)
  for (let image = next.pop(); image !== undefined; image = next.pop()) {
    const expiry = going.get(image.digest)
    if (expiry === undefined) continue
    expiries.push(expiry)
    for (const child of listed.get(image.digest) ?? []) {
      const left = (waitingFor.get(child.digest) ?? 0) - 1
      waitingFor.set(child.digest, left)
      if (left === 0) next.push(child)
    }
  }
  return expiries
}
