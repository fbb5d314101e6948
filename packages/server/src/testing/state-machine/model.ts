import { isDeepStrictEqual } from 'node:util'
import type { Expiry } from '@berth/lifecycle'
import { type Blob, type ImageName, imageOf, type RepositoryName, TAGS, type TagName } from './universe.ts'

// What the documentation promises (docs/decisions/0003, 0006, 0009 and 0011), as plain values and rules.

export const DAY_MS = 24 * 60 * 60 * 1000
export const LEASE_MS = 6 * 60 * 60 * 1000

/** A deleted image in the bin. */
export interface Binned {
  readonly image: ImageName
  readonly tags: readonly TagName[]
  readonly at: number
  /** The image can be restored before this time. */
  readonly until: number
  readonly pushedAt: number
}

/** A tag that an image has lost while it stayed. */
export interface Lost {
  readonly tag: TagName
  readonly image: ImageName
  readonly at: number
  /** The tag can be put back before this time. */
  readonly until: number
}

export interface Settings {
  readonly binDays?: number | undefined
  readonly protectedTags: readonly string[]
  readonly immutableTags: readonly string[]
}

export interface RepositoryState {
  images: ImageName[]
  pushedAt: Partial<Record<ImageName, number>>
  tags: Partial<Record<TagName, ImageName>>
  /** Deleted images in the order of their deletions. */
  bin: Binned[]
  /** Lost tags in the order in which they were lost. */
  lost: Lost[]
  /** Blobs that may be readable. Nobody promised when the collector takes one that nothing needs. */
  held: Blob[]
  /** Until when acknowledged blobs are promised to be there. */
  leases: Partial<Record<Blob, number>>
  settings: Settings
  /** The text of its lifecycle policy. */
  policy: string | undefined
}

export interface UploadState {
  readonly repository: RepositoryName
  readonly blob: Blob
  readonly touchedAt: number
  /** Whether the upload's repository was deleted since. */
  readonly isGone: boolean
}

/** The registry as its clients may know it. */
export interface State {
  now: number
  /** The latest time that the clock has shown. What was over then may be gone, though the clock was set back since. */
  latest: number
  registryBinDays: number | undefined
  repositories: Partial<Record<RepositoryName, RepositoryState>>
  uploads: Partial<Record<number, UploadState>>
  /** Nobody begins to carry lifecycle policies out before this time. */
  rulesFreeAt: number
  run: LifecycleRun | undefined
}

/** A run of lifecycle policies under way: what was found so far, and how many images went. */
export interface LifecycleRun {
  policies: Partial<Record<RepositoryName, string>>
  expiring: Partial<Record<RepositoryName, Expiry[]>>
  gone: number
}

export const EMPTY_REGISTRY: Omit<State, 'now' | 'latest'> = {
  registryBinDays: undefined,
  repositories: {},
  uploads: {},
  rulesFreeAt: 0,
  run: undefined,
}

export const EMPTY_REPOSITORY: RepositoryState = {
  images: [],
  pushedAt: {},
  tags: {},
  bin: [],
  lost: [],
  held: [],
  leases: {},
  settings: { protectedTags: [], immutableTags: [] },
  policy: undefined,
}

/** A copy of the state, changed by `work`. */
export function change(state: State, work: (draft: State) => void): State {
  const draft = structuredClone(state)
  work(draft)
  return draft
}

export function changeRepository(state: State, name: RepositoryName, work: (draft: RepositoryState) => void): State {
  return change(state, draft => {
    const repository = draft.repositories[name]
    if (repository !== undefined) work(repository)
  })
}

export const without = <T>(list: readonly T[], gone: readonly T[]): T[] => list.filter(each => !gone.includes(each))
export const withAll = <T>(list: readonly T[], more: readonly T[]): T[] => [...new Set([...list, ...more])]

/**
 * Takes a tag from its image, or points it at another one. It can be put back for as many days as the bin keeps
 * images.
 */
export function moveTag(state: State, draft: RepositoryState, tag: TagName, image: ImageName | undefined): void {
  const before = draft.tags[tag]
  if (before === image) return
  if (image === undefined) delete draft.tags[tag]
  else draft.tags[tag] = image
  const days = draft.settings.binDays ?? state.registryBinDays ?? 7
  if (days === 0) return
  draft.lost = draft.lost.filter(row => row.tag !== tag || row.image !== image)
  if (before !== undefined) draft.lost.push({ tag, image: before, at: state.now, until: state.now + days * DAY_MS })
}

export function tagsOf({ tags }: RepositoryState, image: ImageName): TagName[] {
  return TAGS.filter(tag => tags[tag] === image)
}

/** Whether the blob is promised to be readable. */
export function isPromised({ images, leases }: RepositoryState, blob: Blob, { latest }: State): boolean {
  return images.some(image => imageOf(image).blobs.includes(blob)) || (leases[blob] ?? 0) > latest
}

/** Whether patterns name a tag. The tests use few patterns; `["*", "!v*"]` is all but those that begin with v. */
export function matches(patterns: readonly string[], tag: TagName): boolean {
  return patterns.includes(tag) || (patterns.includes('*') && !(patterns.includes('!v*') && tag.startsWith('v')))
}

// ── What an action may lead to ────────────────────────────────────────────────────────────────────

/** The answer that never came. */
export const UNANSWERED = 'unanswered'

export interface Verdict {
  /** Answers after which nothing has been done. */
  readonly refusals?: readonly string[]
  /** The state where nothing was done; absent where that is the state before. */
  readonly otherwise?: State
  /** The answer when it was done; absent for `done`. */
  readonly answer?: unknown
  /** The state when it was done, whether the client was told or not. Absent when it cannot be done. */
  readonly after?: (acknowledged: boolean) => State
}

/** Every state that an answer may stand for; none for an answer that should not have come. */
export function follow(verdict: Verdict, state: State, outcome: unknown): State[] {
  const { refusals = [], otherwise = state, answer = 'done', after } = verdict
  if (outcome === UNANSWERED) return after === undefined ? [otherwise] : [otherwise, after(false)]
  if (refusals.some(refusal => refusal === outcome)) return [otherwise]
  return after !== undefined && isDeepStrictEqual(outcome, answer) ? [after(true)] : []
}
