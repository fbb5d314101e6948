import { type Digest, isDigest } from '../domain/digest.ts'
import { readStoredManifest } from '../domain/manifest/manifest.ts'
import { isRepositoryName } from '../domain/names.ts'
import type { MetadataStore, Rows } from '../ports/metadata-store.ts'
import type { AuditRecord } from '../ports/rows/access/audit.ts'
import type { Page } from '../ports/rows/common.ts'
import type { InventoryManifest } from '../ports/rows/upkeep/inventory.ts'
import type { RegistryContext } from '../registry/context.ts'
import { everyPage, everyRow } from '../registry/every-page.ts'
import { sortReferences } from '../registry/images/references.ts'
import { Pace } from '../registry/pace.ts'
import { stayOn } from './stay-on.ts'

const SCHEDULE = 'references'
/** Milliseconds after a process died in this work until another one begins it anew. */
const LEASE_MS = 60 * 1000
const PAGE = 100

/** Whether `mendReferences` has finished, or has nothing to do. */
export const areReferencesMended = async (metadata: MetadataStore): Promise<boolean> =>
  (await isFinished(metadata)) || (await isEmpty(metadata))

/**
 * The time until which another process has that work, in milliseconds since 1970; one that was killed does not renew
 * it. Undefined where the work is done, or free to be begun.
 */
export async function referencesMendedUntil({ rows }: MetadataStore, now: number): Promise<number | undefined> {
  const work = await rows.schedules.find(SCHEDULE)
  return work === undefined || work.finishedAt !== undefined || work.leaseUntil <= now ? undefined : work.leaseUntil
}

const isFinished = async ({ rows }: MetadataStore) => (await rows.schedules.find(SCHEDULE))?.finishedAt !== undefined

const isEmpty = async ({ rows }: MetadataStore) => (await rows.inventory.manifests({ limit: 1 })).length === 0

/**
 * Records once, for all manifests, what releases left out that did not await references: targets that have come since
 * for manifests that name what may be absent, and images that the audit log knows to be deleted. False while that is
 * not done: nothing may be collected before.
 */
export async function mendReferences(context: RegistryContext, signal?: AbortSignal): Promise<boolean> {
  const { metadata, clock } = context
  if (await isFinished(metadata)) return true
  const begun = clock.now()
  if (await isEmpty(metadata)) {
    // A new registry has none to mend, and never will: a process that died in this work would hold up the collector.
    await metadata.transaction(async ({ schedules }) => {
      await schedules.claim(SCHEDULE, begun, begun, begun)
      await schedules.finish(SCHEDULE, begun, '{}')
    })
    return true
  }
  if (!(await metadata.transaction(rows => rows.schedules.claim(SCHEDULE, begun, begun + LEASE_MS, 0)))) return false
  const renew = stayOn(context, SCHEDULE, { begunAt: begun, leaseMs: LEASE_MS })
  const pace = new Pace(metadata)
  for await (const manifest of everyRow(metadata.rows.inventory.manifests, row => row, PAGE)) {
    if (signal?.aborted) return false
    if (await pace.work(() => mend(metadata, manifest))) await pace.rest(signal)
    await renew()
  }
  const deletions = (page: Page<number>) => metadata.rows.audit.list({ action: 'DeleteImage' }, page)
  for await (const records of everyPage(deletions, record => record.id, PAGE)) {
    if (signal?.aborted) return false
    await pace.work(() => metadata.transaction(rows => noteDeparted(rows, records)))
    await pace.rest(signal)
    await renew()
  }
  await metadata.transaction(rows => rows.schedules.finish(SCHEDULE, clock.now(), '{}'))
  return true
}

/** Mends one manifest. True where something was written. */
async function mend(metadata: MetadataStore, { repositoryId, digest, mediaType }: InventoryManifest): Promise<boolean> {
  const bytes = await metadata.rows.images.read(repositoryId, digest)
  const manifest = bytes && readStoredManifest(bytes, mediaType)
  // An image that names nothing which may be absent was taken with all of its references, and nothing of it could go.
  if (!manifest || (manifest.kind === 'image' && manifest.blobs.every(({ required }) => required))) return false
  return metadata.transaction(async rows => {
    if ((await rows.images.existing(repositoryId, [digest])).size === 0) return false
    const held = (digests: readonly Digest[]) => rows.inventory.linked(repositoryId, digests)
    const references = await sortReferences(rows, repositoryId, manifest, { heldBlobs: held })
    await rows.references.add(repositoryId, digest, references)
    return true
  })
}

/** Notes departed images of repositories that are there. One that was made again under its name remembers nothing. */
async function noteDeparted(rows: Rows, records: readonly AuditRecord[]): Promise<void> {
  for (const { accountId, repository: name, digest, recordedAt } of records) {
    if (accountId === undefined || name === undefined || digest === undefined) continue
    const repository = isRepositoryName(name) ? await rows.repositories.find(accountId, name) : undefined
    if (repository === undefined || repository.createdAt > recordedAt || !isDigest(digest)) continue
    await rows.departures.note(repository.id, [digest])
  }
}
