import type { Actor } from '../../domain/actor.ts'
import type { AccountId, RegistryAlias } from '../../domain/names.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import type { AliasRow, RegistryRow } from '../../ports/rows/repositories/registries.ts'
import { requireAuditRoom } from '../access/account-quotas.ts'
import { recordDeeds } from '../audit.ts'
import type { Confirm, RegistryContext } from '../context.ts'
import { requireDiskRoom } from '../disk-room.ts'

export interface DescribedRegistry {
  readonly registry: RegistryRow
  /** The registry's aliases: the default first, then in the order of creation. */
  readonly aliases: readonly AliasRow[]
}

/** The account's registry. Undefined for an account that is not there: every account is made with a registry. */
export async function describeRegistry(
  { rows }: MetadataStore,
  accountId: AccountId,
): Promise<DescribedRegistry | undefined> {
  const registry = await rows.registries.find(accountId)
  return registry && { registry, aliases: await rows.registries.aliases(accountId) }
}

/** The alias that repository URIs are written with. */
export async function primaryAlias({ rows }: MetadataStore, accountId: AccountId): Promise<RegistryAlias> {
  const primary = (await rows.registries.aliases(accountId)).find(row => row.primary)
  if (primary === undefined) throw new Error(`the registry ${accountId} has no primary alias`)
  return primary.alias
}

/** Sets the gallery's name for the registry; undefined deletes it. */
export async function setDisplayName(
  context: RegistryContext,
  actor: Actor,
  accountId: AccountId,
  displayName: string | undefined,
  confirm?: Confirm,
): Promise<void> {
  const { metadata, clock } = context
  await requireAuditRoom(context, actor, { accountId })
  await requireDiskRoom(context)
  return metadata.transaction(async rows => {
    await confirm?.(rows)
    await rows.registries.update(accountId, { displayName })
    const deed = { action: 'PutRegistryCatalogData' as const, accountId, detail: JSON.stringify({ displayName }) }
    await recordDeeds(rows, actor, clock.now(), [deed])
  })
}
