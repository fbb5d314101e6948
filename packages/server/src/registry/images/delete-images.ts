import type { Actor } from '../../domain/actor.ts'
import { type DeletionFacts, type DeletionPlan, planDeletion, stayTogether } from '../../domain/deletion.ts'
import { type Digest, isDigest } from '../../domain/digest.ts'
import { groupBy } from '../../domain/group-by.ts'
import { type ImageRef, namedBy } from '../../domain/image-ref.ts'
import type { Tag } from '../../domain/names.ts'
import type { MetadataStore, Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { jsonBytes, refuseLargeAnswer } from '../answer-limit.ts'
import { type Deed, recordDeedOnTags, recordDeeds } from '../audit.ts'
import { binMs } from '../bin/bin.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { gatherFacts } from './deletion-facts.ts'
import { recordTagMoves } from './tag-history.ts'
import { TagLists } from './tag-lists.ts'

/**
 * From how many tags and references on a deletion is large: so many take some ten milliseconds, and a few images come
 * to thousands.
 */
const LARGE = 500
/** From how many tags on an answer is long. */
const LONG_ANSWER = 200

/**
 * Deletes images and tags in one transaction over all of `refs`, planned on the set of them (BatchDeleteImage;
 * `planDeletion` has the rules). What could not be deleted is in `failures`. `makeRoom` is called before anything is
 * done, where the plan may be long.
 * @throws RegistryError as `readAgain`, and `parameterInvalid` where the answer would be too large
 */
export async function deleteImages(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
  makeRoom?: () => Promise<void>,
): Promise<DeletionPlan> {
  const weight = await weighDeletion(context.metadata, repository.id, refs)
  if (weight >= LONG_ANSWER) await makeRoom?.()
  return deleteWeighed(context, repository, { refs, weight }, async (rows, lists) => {
    const row = await readAgain(rows, repository)
    const plan = await deleteInTransaction(context, rows, actor, row, refs, { lists })
    const deletedBytes = plan.deleted.reduce((sum, { digest, tag = '' }) => sum + digest.length + tag.length + 34, 0)
    refuseLargeAnswer(refs.length, deletedBytes + jsonBytes(plan.failures))
    return plan
  })
}

/**
 * Deletes in a transaction. A deletion of many tags and references keeps no reader waiting, and the patterns of
 * protected tags are matched before it begins.
 */
export async function deleteWeighed<Result>(
  context: RegistryContext,
  repository: RepositoryRef,
  { refs, weight }: { readonly refs: readonly ImageRef[]; readonly weight: number },
  work: (rows: Rows, lists: TagLists | undefined) => Promise<Result>,
): Promise<Result> {
  const { metadata } = context
  const isLarge = weight >= LARGE
  const lists = isLarge || metadata.isShared ? await lookAtTags(context, repository, refs) : undefined
  return metadata.transaction(rows => work(rows, lists), { isLarge })
}

/**
 * Matches protected patterns with the tags of what is about to be deleted, so that the transaction need not match
 * them.
 */
export async function lookAtTags(
  { metadata: { rows } }: RegistryContext,
  repository: Pick<RepositoryRow, 'id' | 'settings'>,
  refs: readonly ImageRef[],
): Promise<TagLists> {
  const lists = new TagLists()
  if (repository.settings.protectedTags.length > 0) await gatherFacts(rows, repository, refs, lists)
  return lists
}

/** How many tags and references the images that `refs` name have, counted until there are many. */
export async function weighDeletion(
  { rows }: MetadataStore,
  repositoryId: RepositoryId,
  refs: readonly ImageRef[],
): Promise<number> {
  const { tags, digests } = namedBy(refs)
  const tagged = tags.length === 0 ? [] : await rows.tags.find(repositoryId, tags)
  const named = new Set([...digests, ...tagged.map(row => row.digest)])
  return rows.references.weigh(repositoryId, [...named], LARGE)
}

export interface DeletionAids {
  /** The subject of each artifact. A subject holds its artifacts as an index holds what it lists. */
  readonly subjects?: ReadonlyMap<Digest, Digest>
  /** The lists of tags that `lookAtTags` has matched. */
  readonly lists?: TagLists | undefined
}

/**
 * As `deleteImages`, as a part of the caller's transaction. The images go to the bin, and every deed into the audit
 * log.
 */
export async function deleteInTransaction(
  context: RegistryContext,
  rows: Rows,
  actor: Actor,
  repository: RepositoryRow,
  refs: readonly ImageRef[],
  { subjects = new Map(), lists = new TagLists() }: DeletionAids = {},
): Promise<DeletionPlan> {
  const facts = await gatherFacts(rows, repository, refs, lists)
  const liveSubjects = await rows.images.existing(repository.id, [...new Set(subjects.values())])
  for (const [artifact, subject] of subjects)
    if (liveSubjects.has(subject)) facts.parents.set(artifact, [...(facts.parents.get(artifact) ?? []), subject])
  const plan = planDeletion(refs, facts)
  await carryOut(context, rows, actor, repository, { plan, facts })
  return plan
}

/** A plan, and the facts that it rests on, both of one transaction. */
interface Planned {
  readonly plan: DeletionPlan
  readonly facts: DeletionFacts
}

/** Carries a plan out. The images go to the bin, and every deed into the audit log. */
export async function carryOut(
  context: RegistryContext,
  rows: Rows,
  actor: Actor,
  repository: RepositoryRow,
  { plan, facts }: Planned,
): Promise<void> {
  const { id: repositoryId } = repository
  const now = context.clock.now()
  if (plan.tags.length > 0) await rows.tags.delete(repositoryId, plan.tags)
  const lost = plan.tags.map(tag => ({ tag, from: facts.tags.get(tag), to: undefined }))
  await recordTagMoves(context, rows, actor, repository, lost, now)
  if (plan.images.length > 0) {
    const deletion = { deletedAt: now, deletedBy: actor.principal, reason: actor.reason ?? actor.via }
    for (const [purgeAfter, digests] of await binnedUntil(context, rows, repository, {
      ...facts,
      digests: plan.images,
      now,
    }))
      await rows.bin.add(repositoryId, digests, { ...deletion, purgeAfter })
    await recordDeletions(rows, actor, now, repository, plan)
    await rows.images.delete(repositoryId, plan.images, now)
  } else await recordDeletions(rows, actor, now, repository, plan)
}

/** From so many tags on, the records of an image are written by one statement over its tags, which are still there. */
const MANY_TAGS = 100

async function recordDeletions(
  rows: Rows,
  actor: Actor,
  now: number,
  { id, accountId, name }: RepositoryRow,
  { images, deleted }: DeletionPlan,
): Promise<void> {
  const gone = new Set(images)
  const deedOf = ({ digest, tag }: { digest: Digest; tag: Tag | undefined }): Deed => ({
    action: gone.has(digest) ? 'DeleteImage' : 'DeleteTag',
    accountId,
    repository: name,
    digest,
    tag,
  })
  let deeds: Deed[] = []
  for (const [digest, own] of groupBy(
    deleted,
    each => each.digest,
    each => each,
  )) {
    if (!gone.has(digest) || own.length < MANY_TAGS) {
      for (const each of own) deeds.push(deedOf(each))
      continue
    }
    await recordDeeds(rows, actor, now, deeds)
    deeds = []
    await recordDeedOnTags(rows, actor, now, deedOf({ digest, tag: undefined }), { repositoryId: id, digest })
  }
  await recordDeeds(rows, actor, now, deeds)
}

/**
 * The images that go into the bin, each with the time until which it stays there; none where the bin is off. An image
 * that an index in the bin lists stays as long as the index, so that the index can be restored. What is attached to an
 * image in the bin stays as long as that image.
 */
async function binnedUntil(
  context: RegistryContext,
  rows: Rows,
  repository: RepositoryRow,
  { digests, parents, now }: Pick<DeletionFacts, 'parents'> & { digests: readonly Digest[]; now: number },
): Promise<Map<number, Digest[]>> {
  const ms = await binMs(context, rows, repository)
  const until = new Map(digests.map(digest => [digest, ms > 0 ? now + ms : 0]))
  for (const { child, purgeAfter } of await rows.restorable.parents(repository.id, digests, now))
    until.set(child, Math.max(until.get(child) ?? 0, purgeAfter))
  const subjects = await subjectsOf(rows, repository.id, digests)
  for (const [artifact, purgeAfter] of await untilOfSubjects(rows, repository.id, subjects, now))
    until.set(artifact, Math.max(until.get(artifact) ?? 0, purgeAfter))
  const together = digests.flatMap(child =>
    [...(parents.get(child) ?? []), subjects.get(child)].flatMap(parent =>
      parent !== undefined && until.has(parent) ? [{ child, parent }] : [],
    ),
  )
  stayTogether(until, together)
  const binned = [...until].filter(([, time]) => time > 0)
  return groupBy(
    binned,
    ([, time]) => time,
    ([digest]) => digest,
  )
}

/** How long the subjects of artifacts stay in the bin, where they are there already. */
async function untilOfSubjects(
  rows: Rows,
  id: RepositoryId,
  subjects: ReadonlyMap<Digest, Digest>,
  now: number,
): Promise<[artifact: Digest, purgeAfter: number][]> {
  const artifacts = groupBy(
    subjects,
    ([, subject]) => subject,
    ([artifact]) => artifact,
  )
  const binned = await rows.restorable.newest(id, [...artifacts.keys()], now)
  return binned.flatMap(({ digest, purgeAfter }) =>
    (artifacts.get(digest) ?? []).map((artifact): [Digest, number] => [artifact, purgeAfter]),
  )
}

async function subjectsOf(rows: Rows, id: RepositoryId, digests: readonly Digest[]): Promise<Map<Digest, Digest>> {
  const found = await rows.images.find(id, digests)
  return new Map(
    found.flatMap(({ digest, subject }) => (subject !== undefined && isDigest(subject) ? [[digest, subject]] : [])),
  )
}
