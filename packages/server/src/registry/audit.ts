import type { Actor } from '../domain/actor.ts'
import type { AuditFilter, AuditRecord, MetadataStore, Page, Rows } from '../ports/metadata-store.ts'
import { type PageOf, pageOf } from './page.ts'

/** What was done, and to what. */
export type Deed = Pick<AuditRecord, 'action' | 'accountId' | 'repository' | 'digest' | 'tag' | 'detail'>

/** Adds one record for each deed to the audit log: to be called in the transaction that does them. */
export function recordDeeds(rows: Rows, actor: Actor, recordedAt: number, deeds: readonly Deed[]): Promise<void> {
  const { principal, sourceAddress, via, reason } = actor
  return rows.audit.append(
    deeds.map(deed => ({ recordedAt, principal, sourceAddress, via, ...deed, detail: deed.detail ?? reason })),
  )
}

/** Records of the audit log, oldest first, each with the id that the listing goes on after. */
export async function listRecords(
  { rows }: MetadataStore,
  filter: AuditFilter,
  { after, limit }: Page<number>,
): Promise<PageOf<AuditRecord & { readonly id: number }, number>> {
  return pageOf(await rows.audit.list(filter, { after, limit: limit + 1 }), limit, record => record.id)
}
