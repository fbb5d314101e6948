import type { Actor } from '../domain/actor.ts'
import { digestOf } from '../domain/digest.ts'
import type { AuditFilter, AuditRecord, MetadataStore, Page, Rows } from '../ports/metadata-store.ts'
import { type PageOf, pageOf } from './page.ts'

/** What was done, and to what. */
export type Deed = Pick<AuditRecord, 'action' | 'accountId' | 'repository' | 'digest' | 'tag' | 'detail'>

/** A longer detail, such as a policy, is kept by its beginning and its hash: whoever has the text can prove that it was that. */
const DETAIL_BYTES = 1024
const BEGINNING_CHARACTERS = 128

/** Adds one record for each deed to the audit log: to be called in the transaction that does them. */
export function recordDeeds(rows: Rows, actor: Actor, recordedAt: number, deeds: readonly Deed[]): Promise<void> {
  const { principal, sourceAddress, via, reason } = actor
  return rows.audit.append(
    deeds.map(deed => {
      const detail = shortened(deed.detail ?? reason)
      return { recordedAt, principal, sourceAddress, via, ...deed, detail }
    }),
  )
}

function shortened(detail: string | undefined): string | undefined {
  if (detail === undefined || Buffer.byteLength(detail) <= DETAIL_BYTES) return detail
  const beginning = Array.from(detail.slice(0, BEGINNING_CHARACTERS * 2)).slice(0, BEGINNING_CHARACTERS)
  return `${beginning.join('')}… (${Buffer.byteLength(detail)} bytes, ${digestOf(detail)})`
}

/** Records of the audit log, oldest first, each with the id that the listing goes on after. */
export async function listRecords(
  { rows }: MetadataStore,
  filter: AuditFilter,
  { after, limit }: Page<number>,
): Promise<PageOf<AuditRecord & { readonly id: number }, number>> {
  return pageOf(await rows.audit.list(filter, { after, limit: limit + 1 }), limit, record => record.id)
}
