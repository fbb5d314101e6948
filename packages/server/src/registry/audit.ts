import type { Actor } from '../domain/actor.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import type { MetadataStore, Rows } from '../ports/metadata-store.ts'
import type { AuditFilter, AuditRecord } from '../ports/rows/access/audit.ts'
import type { Page, RepositoryId } from '../ports/rows/common.ts'
import { ownTurn } from '../runtime/own-turn.ts'
import type { AuditAction } from './audit-action.ts'
import { type PageOf, pageOf } from './page.ts'

/** What was done, and to what. */
export type Deed = { readonly action: AuditAction } & Pick<
  AuditRecord,
  'accountId' | 'repository' | 'digest' | 'tag' | 'detail'
>

/**
 * The bytes of a detail that are kept. Of a longer one, such as a policy, the log has the beginning and the hash:
 * whoever has the text can prove that it was that.
 */
const DETAIL_BYTES = 1024
const BEGINNING_CHARACTERS = 128

const recordOf = ({ principal, sourceAddress, via, reason }: Actor, recordedAt: number, deed: Deed): AuditRecord => ({
  recordedAt,
  principal,
  sourceAddress,
  via,
  ...deed,
  detail: shortened(deed.detail ?? reason),
})

/** Adds one record for each deed to the audit log. Called in the transaction that does the deeds. */
export function recordDeeds(rows: Rows, actor: Actor, recordedAt: number, deeds: readonly Deed[]): Promise<void> {
  return rows.audit.append(deeds.map(deed => recordOf(actor, recordedAt, deed)))
}

/** As `recordDeeds`, for one deed that is done to each tag of an image while the image is live. */
export function recordDeedOnTags(
  rows: Rows,
  actor: Actor,
  recordedAt: number,
  deed: Deed,
  { repositoryId, digest }: { readonly repositoryId: RepositoryId; readonly digest: Digest },
): Promise<void> {
  return rows.audit.appendForTags(recordOf(actor, recordedAt, deed), repositoryId, digest)
}

function shortened(detail: string | undefined): string | undefined {
  if (detail === undefined || Buffer.byteLength(detail) <= DETAIL_BYTES) return detail
  const beginning = Array.from(detail.slice(0, BEGINNING_CHARACTERS * 2)).slice(0, BEGINNING_CHARACTERS)
  return `${beginning.join('')}… (${Buffer.byteLength(detail)} bytes, ${digestOf(detail)})`
}

/** The records that are looked through at a time where a filter may let none of them through. */
const PART = 2_000

/**
 * Records of the audit log, in the order of the filter. Each has the id that the listing goes on after. What is rare is
 * looked for a part at a time, so that a long log holds nobody up.
 */
export async function listRecords(
  { rows }: MetadataStore,
  filter: AuditFilter,
  { after, limit }: Page<number>,
): Promise<PageOf<AuditRecord & { readonly id: number }, number>> {
  const { action, since, until } = filter
  const found: (AuditRecord & { readonly id: number })[] = []
  for (let from = after; ; ) {
    const isRare = [action, since, until].some(each => each !== undefined)
    const upTo = isRare ? await rows.audit.endOfPart(filter, { after: from, limit: PART }) : undefined
    const page = { after: from, limit: limit + 1 - found.length }
    for (const record of await rows.audit.list({ ...filter, upTo }, page)) found.push(record)
    if (upTo === undefined || found.length > limit) return pageOf(found, limit, record => record.id)
    from = upTo
    await ownTurn()
  }
}
