import type { Actor } from '../../domain/actor.ts'
import type { AccountId } from '../../domain/names.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { AccountUsage } from '../../ports/rows/repositories/account-usage.ts'
import type { Quotas, RegistryContext } from '../context.ts'
import { requireDiskRoom } from '../disk-room.ts'

/** The limits of an account. */
const LIMITS = {
  audit: {
    what: 'bytes of the audit log',
    used: 'auditBytes',
    quota: 'auditBytesPerAccount',
    setting: '--quotas-audit-bytes-per-account',
  },
  bytes: {
    what: 'bytes stored',
    used: 'storedBytes',
    quota: 'storedBytesPerAccount',
    setting: '--quotas-stored-bytes-per-account',
  },
  uploads: {
    what: 'open uploads',
    used: 'openUploads',
    quota: 'openUploadsPerAccount',
    setting: '--quotas-open-uploads-per-account',
  },
} as const satisfies Record<
  string,
  { what: string; used: keyof AccountUsage; quota: keyof Quotas; setting: `--quotas-${string}` }
>

type Need = keyof typeof LIMITS

/** An account, or something that belongs to one. */
export interface Owned {
  readonly accountId: AccountId
}

/**
 * Refuses an addition to an account that is at a limit, or to a full disk, before anything is done for it. Call it for
 * additions only.
 * @throws RegistryError `accountQuotaExceeded`, `storageFull`
 */
export async function requireRoom(context: RegistryContext, owned: Owned, ...needs: readonly Need[]): Promise<void> {
  if (needs.includes('bytes')) await requireDiskRoom(context)
  await judge(context.metadata.rows, context.quotas, owned, needs)
}

/**
 * As `requireRoom`, in the transaction that adds, so that of several additions at one moment each finds those before
 * it. Nothing is asked where stores are shared: all pushes to an account would read what each of them changes, and one
 * of two would begin again.
 * @throws RegistryError `accountQuotaExceeded`
 */
export async function requireRoomIn(
  rows: Rows,
  { metadata, quotas }: RegistryContext,
  owned: Owned,
  ...needs: readonly Need[]
): Promise<void> {
  if (!metadata.isShared) await judge(rows, quotas, owned, needs)
}

async function judge(rows: Rows, quotas: Quotas, { accountId }: Owned, needs: readonly Need[]): Promise<void> {
  const usage = await rows.accountUsage.of(accountId)
  for (const need of needs) {
    const { what, used, quota, setting } = LIMITS[need]
    const limit = quotas[quota]
    if (usage[used] >= limit) throw new RegistryError({ kind: 'accountQuotaExceeded', quota: what, limit, setting })
  }
}

/**
 * As `requireRoomIn`, for a deed of a caller that leaves a record in the audit log. An operator's deed always has
 * room.
 */
export async function requireAuditRoom(context: RegistryContext, actor: Actor, owned: Owned): Promise<void> {
  if (actor.via !== 'admin') await requireRoom(context, owned, 'audit')
}
