import type { Actor } from '../domain/actor.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import type { MetadataStore, Rows } from '../ports/metadata-store.ts'
import type { AuditFilter, AuditRecord } from '../ports/rows/access/audit.ts'
import type { Page, RepositoryId } from '../ports/rows/common.ts'
import type { AuditAction } from './audit-action.ts'
import { type PageOf, pageOf } from './page.ts'

/** What was done, and to what. */
export type Deed = { readonly action: AuditAction } & Pick<
  AuditRecord,
  'accountId' | 'repository' | 'digest' | 'tag' | 'detail'
>

/**
 * A longer detail, such as a policy, is kept by its beginning and its hash: whoever has the text can prove that it was
 * that.
 */
const DETAIL_BYTES = 1024
const BEGINNING_CHARACTERS = 128

const recordOf = ({ principal, sourceAddress, via, reason }: Actor, recordedAt: number, deed: Deed): AuditRecord => ({
  ...{ recordedAt, principal, sourceAddress, via },
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

/** Records of the audit log, in the order of the filter. Each has the id that the listing goes on after. */
export async function listRecords(
  { rows }: MetadataStore,
  filter: AuditFilter,
  { after, limit }: Page<number>,
): Promise<PageOf<AuditRecord & { readonly id: number }, number>> {
  return pageOf(await rows.audit.list(filter, { after, limit: limit + 1 }), limit, record => record.id)
}
