import type { Rows } from '../ports/metadata-store.ts'
import type { Page, RepositoryId } from '../ports/rows/common.ts'
import type { RepositoryRow } from '../ports/rows/repositories/repositories.ts'
import type { RegistryContext } from '../registry/context.ts'
import { everyRow } from '../registry/every-page.ts'
import { deleteInTransaction, lookAtTags } from '../registry/images/delete-images.ts'
import { withTags } from '../registry/images/describe-images.ts'
import type { TagLists } from '../registry/images/tag-lists.ts'
import { type ExpiringImage, findExpiring, outlived } from '../registry/lifecycle/evaluation.ts'
import { parsePolicyText } from '../registry/lifecycle/policies.ts'
import { Pace } from '../registry/pace.ts'
import { stayOn } from './stay-on.ts'

const SCHEDULE = 'lifecycle'
/**
 * Milliseconds after which another process may do the work of one that died in it, so that a policy runs within a
 * minute all the same. Two processes at once, where looking at one repository takes longer, do no harm, only the same
 * work.
 */
const LEASE_MS = 30 * 1000
/** The images that one transaction deletes, as in one call of BatchDeleteImage. */
const BATCH = 100
const PAGE = 100

export interface RunOptions {
  /** Called for a policy that failed. The others are carried out all the same. */
  readonly onError: (error: unknown) => void
  /** Ends the work before its next transaction. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Carries out the keep rules of every repository that is due: those last done `lifecycleMs` ago, or never. One process
 * at a time does so. Returns how many images went.
 */
export async function runLifecyclePolicies(context: RegistryContext, { onError, signal }: RunOptions): Promise<number> {
  const { metadata, clock, lifecycleMs } = context
  const now = clock.now()
  if (!(await metadata.transaction(rows => rows.schedules.claim(SCHEDULE, now, now + LEASE_MS, now)))) return 0
  const renew = stayOn(context, SCHEDULE, { begunAt: now, leaseMs: LEASE_MS })
  let expired = 0
  const policies = everyRow(
    (page: Page<RepositoryId>) => metadata.rows.lifecycle.due(now - lifecycleMs, page),
    row => row.repositoryId,
    PAGE,
  )
  for await (const { repositoryId, policyText } of policies) {
    if (signal?.aborted) break
    try {
      expired += await carryOut(context, repositoryId, policyText, { signal, renew })
    } catch (error) {
      onError(error)
    }
  }
  const report = JSON.stringify({ expired })
  await metadata.transaction(rows => rows.schedules.finish(SCHEDULE, clock.now(), report))
  return expired
}

async function carryOut(
  context: RegistryContext,
  repositoryId: RepositoryId,
  policyText: string,
  { signal, renew }: { signal: AbortSignal | undefined; renew: () => Promise<void> },
): Promise<number> {
  const { metadata, clock } = context
  await renew()
  const repository = await metadata.rows.repositories.get(repositoryId)
  if (repository === undefined) return 0
  const now = clock.now()
  const expiring = await findExpiring(metadata, repository, parsePolicyText(policyText), now)
  let expired = 0
  const pace = new Pace(metadata, { most: BATCH })
  for (let done = 0; done < expiring.length; ) {
    if (signal?.aborted) return expired
    await renew()
    const batch = expiring.slice(done, done + pace.size)
    done += batch.length
    const lists = await lookAtTags(context, repository, batch)
    expired += await pace.work(() =>
      metadata.transaction(rows => expire(context, rows, { repositoryId, policyText, batch, lists })),
    )
    await pace.rest(signal)
  }
  await metadata.transaction(async rows => {
    const current = await rows.lifecycle.find(repositoryId)
    if (current?.policyText === policyText) await rows.lifecycle.setEvaluatedAt(repositoryId, now)
  })
  return expired
}

interface Expiry {
  readonly repositoryId: RepositoryId
  readonly policyText: string
  readonly batch: readonly ExpiringImage[]
  readonly lists: TagLists
}

/** Deletes what is still as it was when the rules looked at it, under the policy that is still in force. */
async function expire(
  context: RegistryContext,
  rows: Rows,
  { repositoryId, policyText, batch, lists }: Expiry,
): Promise<number> {
  const repository = await rows.repositories.get(repositoryId)
  const policy = await rows.lifecycle.find(repositoryId)
  if (repository === undefined || policy?.policyText !== policyText) return 0
  const unchanged = await withoutChanged(rows, repository, batch)
  let deleted = 0
  // Images go rule by rule, for the audit log, in the order of the batch: an index comes before what it lists.
  for (const images of runsOf(unchanged)) {
    const actor = { principal: 'berth', via: 'rule', reason: reasonOf(images[0]) } as const
    const refs = images.map(({ digest }) => ({ digest }))
    const subjects = new Map(images.flatMap(({ digest, subject }) => (subject ? [[digest, subject] as const] : [])))
    deleted += (await deleteInTransaction(context, rows, actor, repository, refs, { subjects, lists })).images.length
  }
  return deleted
}

async function withoutChanged(
  rows: Rows,
  { id }: RepositoryRow,
  batch: readonly ExpiringImage[],
): Promise<ExpiringImage[]> {
  const found = await rows.images.find(
    id,
    batch.map(image => image.digest),
  )
  // An artifact goes alone only while its subject has not come back.
  const outlivedBy = batch.flatMap(({ isAlone, subject }) => (isAlone && subject ? [subject] : []))
  const gone = await outlived(rows, id, [...new Set(outlivedBy)])
  const current = new Map((await withTags(rows, id, found)).map(image => [image.manifest.digest, image]))
  return batch.filter(({ digest, pushedAt, tags, isAlone, subject }) => {
    const image = current.get(digest)
    if (isAlone && subject && !gone.has(subject)) return false
    return image?.manifest.pushedAt === pushedAt && image.tags.join(' ') === tags.join(' ')
  })
}

const reasonOf = (image: ExpiringImage | undefined) =>
  image?.rulePriority === undefined ? 'its subject is gone' : `lifecycle rule ${image.rulePriority}`

/** Groups neighbours that the same rule takes. */
function runsOf(images: readonly ExpiringImage[]): ExpiringImage[][] {
  const runs: ExpiringImage[][] = []
  for (const image of images) {
    const last = runs.at(-1)
    if (last !== undefined && last[0]?.rulePriority === image.rulePriority) last.push(image)
    else runs.push([image])
  }
  return runs
}
