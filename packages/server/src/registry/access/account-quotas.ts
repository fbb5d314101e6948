import type { Actor } from '../../domain/actor.ts'
import type { AccountId } from '../../domain/names.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { AccountUsage } from '../../ports/rows/repositories/account-usage.ts'
import type { Quotas, RegistryContext } from '../context.ts'

/** What an account may run out of. */
const LIMITS = {
  audit: {
    ...{ what: 'bytes of the audit log', used: 'auditBytes', quota: 'auditBytesPerAccount' },
    setting: '--quotas-audit-bytes-per-account',
  },
  bytes: {
    ...{ what: 'bytes stored', used: 'storedBytes', quota: 'storedBytesPerAccount' },
    setting: '--quotas-stored-bytes-per-account',
  },
  uploads: {
    ...{ what: 'open uploads', used: 'openUploads', quota: 'openUploadsPerAccount' },
    setting: '--quotas-open-uploads-per-account',
  },
} as const satisfies Record<
  string,
  { what: string; used: keyof AccountUsage; quota: keyof Quotas; setting: `--quotas-${string}` }
>

/** An account, or what belongs to one. */
export interface Owned {
  readonly accountId: AccountId
}

/**
 * Refuses what would add to an account that is at a limit. It looks before the transaction, so that those of one
 * account do not wait for each other: as many as come at one moment may still go beyond. What takes away is never
 * asked.
 * @throws RegistryError `accountQuotaExceeded`
 */
export async function requireRoom(
  { metadata: { rows }, quotas }: RegistryContext,
  { accountId }: Owned,
  ...needs: readonly (keyof typeof LIMITS)[]
): Promise<void> {
  const usage = await rows.accountUsage.of(accountId)
  for (const need of needs) {
    const { what, used, quota, setting } = LIMITS[need]
    const limit = quotas[quota]
    if (usage[used] >= limit) throw new RegistryError({ kind: 'accountQuotaExceeded', quota: what, limit, setting })
  }
}

/** The same for a deed of a caller that leaves a record; an operator's always has room. */
export async function requireAuditRoom(context: RegistryContext, actor: Actor, owned: Owned): Promise<void> {
  if (actor.via !== 'admin') await requireRoom(context, owned, 'audit')
}
