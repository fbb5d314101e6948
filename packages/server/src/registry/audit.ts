import type { Actor } from '../domain/actor.ts'
import type { AuditRecord, Rows } from '../ports/metadata-store.ts'

/** What was done, and to what. */
export type Deed = Pick<AuditRecord, 'action' | 'accountId' | 'repository' | 'digest' | 'tag' | 'detail'>

/** Adds one record for each deed to the audit log: to be called in the transaction that does them. */
export function recordDeeds(rows: Rows, actor: Actor, recordedAt: number, deeds: readonly Deed[]): Promise<void> {
  const { principal, sourceAddress, via, reason } = actor
  return rows.audit.append(
    deeds.map(deed => ({ recordedAt, principal, sourceAddress, via, ...deed, detail: deed.detail ?? reason })),
  )
}
