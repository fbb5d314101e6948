import { createHash } from 'node:crypto'
import { type DeletionPlan, type FailedRef, planDeletion } from '../../domain/deletion.ts'
import type { Digest } from '../../domain/digest.ts'
import { type ImageRef, namedBy } from '../../domain/image-ref.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { Belonging } from '../../ports/rows/images/belongings.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { type GatheredFacts, gatherFacts, inParts } from '../images/deletion-facts.ts'
import type { TagLists } from '../images/tag-lists.ts'
import type { Turns } from '../pace.ts'

/** How an image belongs to another one: the index that lists it, or the subject that it is attached to. */
export interface Kin extends Belonging {
  readonly as: 'child' | 'referrer'
}

/** A child or referrer of an image that goes, which stays itself. */
export interface Staying extends Kin {
  /** Why the image stays: it has a tag of its own, or else an index that stays lists it. */
  readonly why: 'tagged' | 'heldByIndexes'
  /** The indexes that stay and list it; none where it has a tag. */
  readonly parents: readonly Digest[]
}

/** What a deletion of selected images and tags takes, and which part of that it leaves. */
export interface SelectionPlan {
  /** The plan: what goes, with what goes along, and why selected images stay. */
  readonly plan: DeletionPlan
  readonly facts: GatheredFacts
  /** The images that go though nobody selected them, because they belong to what goes. */
  readonly along: readonly Kin[]
  readonly staying: readonly Staying[]
}

export interface PlanOptions {
  /** The most images that are planned. */
  readonly most: number
  /** Lists of tags that were matched before. */
  readonly lists: TagLists
  /** Lets others do their work in between; not in transactions, which await rows alone. */
  readonly turns?: Turns | undefined
}

/** The most tags that are read for one plan. */
const MOST_TAGS = 100_000
/** How many references are weighed at a time. */
const SLICE = 200

/**
 * Plans what `planDeletion` does, together with what belongs to the images that go: what an index lists and what is
 * attached to a subject goes along, to whatever depth, unless it has a tag of its own or an index that stays lists it.
 * Undefined where that would be more images than `most`, or too many tags.
 */
export async function planSelection(
  rows: Rows,
  repository: Pick<RepositoryRow, 'id' | 'settings'>,
  refs: readonly ImageRef[],
  { most, lists, turns }: PlanOptions,
): Promise<SelectionPlan | undefined> {
  if (refs.length > most + MOST_TAGS || !(await haveFewTags(rows, repository, refs, turns))) return undefined
  const selected = new Set(refs.flatMap(ref => (ref.tag === undefined ? (ref.digest ?? []) : [])))
  const kins = new Map<Digest, Kin>()
  const tagged = new Map<Digest, Kin>()
  const visited = new Set<Digest>()
  for (;;) {
    await turns?.pass()
    const added = [...kins.keys()].map((digest): ImageRef => ({ digest }))
    const facts = await gatherFacts(rows, repository, [...refs, ...added], lists, turns)
    await turns?.pass()
    const plan = planDeletion([...refs, ...added], facts)
    if (plan.images.length > most) return undefined
    const next = plan.images.filter(digest => !visited.has(digest))
    if (next.length === 0) return settle(plan, facts, selected, { kins, tagged })
    for (const digest of next) visited.add(digest)
    await turns?.pass()
    const found = await findKin(rows, repository, next, { limit: most + 1, turns })
    if (found.length > most) return undefined
    const digests = [...new Set(found.map(kin => kin.digest))]
    const hasTag = new Set(
      await inParts(digests, turns, async part => [...(await rows.belongings.tagged(repository.id, part))]),
    )
    const before = kins.size
    for (const kin of found) {
      if (hasTag.has(kin.digest)) tagged.set(kin.digest, tagged.get(kin.digest) ?? kin)
      else if (!selected.has(kin.digest)) kins.set(kin.digest, kins.get(kin.digest) ?? kin)
    }
    if (kins.size === before) return settle(plan, facts, selected, { kins, tagged })
  }
}

async function haveFewTags(
  rows: Rows,
  { id }: Pick<RepositoryRow, 'id'>,
  refs: readonly ImageRef[],
  turns: Turns | undefined,
): Promise<boolean> {
  const digests = new Set<Digest>()
  let tags = 0
  for (let start = 0; start < refs.length; start += SLICE) {
    await turns?.pass()
    const named = namedBy(refs.slice(start, start + SLICE))
    const rowsOfTags = await rows.tags.find(id, named.tags)
    const fresh = [...named.digests, ...rowsOfTags.map(row => row.digest)].filter(digest => !digests.has(digest))
    for (const digest of fresh) digests.add(digest)
    tags += await rows.tags.count(id, [...new Set(fresh)])
    if (tags > MOST_TAGS) return false
  }
  return true
}

async function findKin(
  { belongings }: Rows,
  { id }: Pick<RepositoryRow, 'id'>,
  digests: readonly Digest[],
  { limit, turns }: { readonly limit: number; readonly turns: Turns | undefined },
): Promise<Kin[]> {
  const children = await inParts(digests, turns, part => belongings.children(id, part, limit))
  const attached = await inParts(digests, turns, part => belongings.attached(id, part, limit))
  return [
    ...children.map((each): Kin => ({ ...each, as: 'child' })),
    ...attached.map((each): Kin => ({ ...each, as: 'referrer' })),
  ]
}

/**
 * Tells selected images from those that only go along. Nobody asked for the latter, so they do not fail where they
 * stay.
 */
function settle(
  plan: DeletionPlan,
  facts: GatheredFacts,
  selected: ReadonlySet<Digest>,
  { kins, tagged }: { readonly kins: ReadonlyMap<Digest, Kin>; readonly tagged: ReadonlyMap<Digest, Kin> },
): SelectionPlan {
  const going = new Set(plan.images)
  const failures: FailedRef[] = []
  const held = new Map<Digest, readonly Digest[]>()
  for (const failed of plan.failures) {
    const { digest, tag } = failed.ref
    const isAlong = tag === undefined && digest !== undefined && !selected.has(digest)
    if (!isAlong) failures.push(failed)
    else if (failed.failure.kind === 'heldByIndexes') held.set(digest, failed.failure.parents)
  }
  const staying: Staying[] = []
  for (const kin of tagged.values()) if (!going.has(kin.digest)) staying.push({ ...kin, why: 'tagged', parents: [] })
  for (const kin of kins.values()) {
    const parents = held.get(kin.digest)
    if (parents !== undefined) staying.push({ ...kin, why: 'heldByIndexes', parents })
  }
  const along = [...kins.values()].filter(kin => going.has(kin.digest))
  return { plan: { ...plan, failures }, facts, along, staying }
}

/**
 * Names a plan by all that it says of the selection: which images and tags go, what stays, who holds it and what
 * protects it. Another plan of the same selection has the same name exactly when nothing of that has changed.
 */
export function nameOfPlan({ plan, staying }: SelectionPlan): string {
  const hash = createHash('sha256')
  const add = (kind: string, lines: readonly string[]) => {
    hash.update(`${kind} ${lines.length}\n`)
    for (const line of lines.toSorted()) hash.update(`${line}\n`)
  }
  add('images', plan.images)
  add(
    'tags',
    plan.deleted.map(({ digest, tag = '' }) => `${digest} ${tag}`),
  )
  add(
    'failures',
    plan.failures.map(({ ref, failure }) => {
      const why = 'parents' in failure ? failure.parents : 'tags' in failure ? failure.tags : []
      return `${ref.digest ?? ref.foreign ?? ''} ${ref.tag ?? ''} ${failure.kind} ${why.toSorted().join(' ')}`
    }),
  )
  add(
    'staying',
    staying.map(({ digest, of, as, why, parents }) => `${digest} ${of} ${as} ${why} ${parents.toSorted().join(' ')}`),
  )
  return hash.digest('base64url')
}
