/** What a repository should hold of one client's images. Nobody else may change them. */
export interface State {
  /** Digests of manifests that can be pulled. */
  readonly live: ReadonlySet<string>
  /** Digests by tag. */
  readonly tags: ReadonlyMap<string, string>
  /** What can be restored, the oldest deletion first. An image that was pushed anew may be there several times. */
  readonly bin: readonly Binned[]
}

export interface Binned {
  readonly digest: string
  readonly tags: readonly string[]
}

/** One request that changes the state as a whole or not at all. */
export type Step =
  | { readonly kind: 'put'; readonly digest: string; readonly tag?: string | undefined }
  /** Deletes one of several tags. */
  | { readonly kind: 'untag'; readonly tag: string }
  /** Deletes images; indexes only together with what they list. */
  | { readonly kind: 'delete'; readonly digests: readonly string[] }
  /** Restores images; an index comes with what it lists. */
  | { readonly kind: 'restore'; readonly digests: readonly string[] }
  | { readonly kind: 'purge'; readonly digests: readonly string[] }

export const EMPTY: State = { live: new Set(), tags: new Map(), bin: [] }

/** The state after a step that was done. */
export function apply(state: State, step: Step, hasBin: boolean): State {
  const live = new Set(state.live)
  const tags = new Map(state.tags)
  const bin = [...state.bin]
  const takeNewest = (digest: string): Binned | undefined => {
    const at = bin.findLastIndex(each => each.digest === digest)
    return at < 0 ? undefined : bin.splice(at, 1)[0]
  }
  switch (step.kind) {
    case 'put':
      live.add(step.digest)
      if (step.tag !== undefined) tags.set(step.tag, step.digest)
      break
    case 'untag':
      tags.delete(step.tag)
      break
    case 'delete':
      for (const digest of step.digests) {
        live.delete(digest)
        const own = tagsOf(state, digest)
        for (const tag of own) tags.delete(tag)
        if (hasBin) bin.push({ digest, tags: own })
      }
      break
    case 'restore':
      for (const digest of step.digests) {
        live.add(digest)
        for (const tag of takeNewest(digest)?.tags ?? []) if (!tags.has(tag)) tags.set(tag, digest)
      }
      break
    case 'purge':
      return { live, tags, bin: bin.filter(({ digest }) => !step.digests.includes(digest)) }
  }
  return { live, tags, bin }
}

export function tagsOf({ tags }: State, digest: string): string[] {
  return [...tags].filter(([, holder]) => holder === digest).map(([tag]) => tag)
}

/** What RestoreImages answers, in the order of digests: which tags are back, and which stay where they are now. */
export function restored(before: State, after: State, digests: readonly string[]): object[] {
  return digests.toSorted().map(imageDigest => {
    const imageTags = tagsOf(after, imageDigest).toSorted()
    const had = before.bin.findLast(each => each.digest === imageDigest)?.tags ?? []
    const taken = had.filter(tag => !imageTags.includes(tag)).toSorted()
    return {
      imageDigest,
      imageTags,
      takenTags: taken.map(imageTag => ({ imageTag, imageDigest: before.tags.get(imageTag) })),
    }
  })
}

export function isBinned({ bin }: State, digest: string): boolean {
  return bin.some(each => each.digest === digest)
}

/**
 * The part of a state that is about these digests and tags, as text. Two states agree there when the texts are equal.
 */
export function describe(state: State, digests: readonly string[], tags: readonly string[]): string {
  const images = digests.toSorted().map(digest => ({
    digest,
    live: state.live.has(digest),
    bin: state.bin.filter(each => each.digest === digest).map(each => each.tags.toSorted().join(' ')),
  }))
  return JSON.stringify({ images, tags: tags.toSorted().map(tag => [tag, state.tags.get(tag) ?? null]) })
}
