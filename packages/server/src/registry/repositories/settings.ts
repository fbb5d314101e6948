import type { Actor } from '../../domain/actor.ts'
import type { AccountId } from '../../domain/names.ts'
import { ControlError, RegistryError } from '../../domain/problem.ts'
import { faultOfTagPatterns } from '../../domain/tag-patterns.ts'
import type { RegistryRow } from '../../ports/rows/repositories/registries.ts'
import type { RepositoryRow, RepositorySettings } from '../../ports/rows/repositories/repositories.ts'
import { requireAuditRoom } from '../access/account-quotas.ts'
import { recordDeeds } from '../audit.ts'
import { effectiveBinDays } from '../bin/bin.ts'
import type { Confirm, RegistryContext, RepositoryRef } from '../context.ts'
import { readAgain } from './repository-ref.ts'

const MOST_BIN_DAYS = 3_650

/** A repository's choices about deletions, and what holds in consequence. */
export interface DescribedSettings {
  readonly repository: RepositoryRow
  readonly effectiveBinDays: number
}

/** The repository's choices, and the days that deleted images stay in its bin in consequence. */
export async function describeSettings(
  context: RegistryContext,
  repository: RepositoryRow,
): Promise<DescribedSettings> {
  return { repository, effectiveBinDays: await effectiveBinDays(context, context.metadata.rows, repository) }
}

/**
 * Replaces a repository's choices. Images that are in the bin stay there as long as was said when they were deleted.
 * @throws RegistryError `parameterInvalid`, and as `readAgain`
 */
export async function putSettings(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  settings: RepositorySettings,
): Promise<DescribedSettings> {
  checkBinDays(settings.binDays, 'settings.binDays')
  for (const member of ['protectedTags', 'immutableTags'] as const) {
    const fault = faultOfTagPatterns(settings[member])
    if (fault !== undefined) throw invalid(`settings.${member}`, `Member must be a list of tag patterns, but ${fault}`)
  }
  await requireAuditRoom(context, actor, repository)
  return context.metadata.transaction(async rows => {
    const before = await readAgain(rows, repository)
    const { id, accountId, name } = before
    await rows.repositorySettings.set(id, settings)
    const detail = JSON.stringify(settings)
    const deed = { action: 'PutRepositorySettings' as const, accountId, repository: name, detail }
    await recordDeeds(rows, actor, context.clock.now(), [deed])
    const row = { ...before, settings }
    return { repository: row, effectiveBinDays: await effectiveBinDays(context, rows, row) }
  })
}

/** The settings that hold for a whole registry. */
export interface RegistrySettings {
  /** Days that deleted images stay in the bin; undefined leaves it to the server. */
  readonly binDays: number | undefined
  /** Whether the gallery shows nobody when and how often images were pulled; undefined leaves it as it is. */
  readonly hidesPulls?: boolean | undefined
}

/**
 * Sets what holds for all repositories of a registry.
 * @throws ProblemError `parameterInvalid`, `registryNotFound`, and as `Confirm`
 */
export async function putRegistrySettings(
  context: RegistryContext,
  actor: Actor,
  accountId: AccountId,
  { binDays, hidesPulls }: RegistrySettings,
  confirm?: Confirm,
): Promise<RegistryRow> {
  checkBinDays(binDays, 'binDays')
  await requireAuditRoom(context, actor, { accountId })
  return context.metadata.transaction(async rows => {
    await confirm?.(rows)
    await rows.registries.update(accountId, { binDays, ...(hidesPulls !== undefined && { hidesPulls }) })
    const row = await rows.registries.find(accountId)
    if (row === undefined) throw new ControlError({ kind: 'registryNotFound', registryId: accountId })
    const detail = JSON.stringify({ binDays, hidePulls: hidesPulls })
    const deed = { action: 'PutRegistrySettings' as const, accountId, detail }
    await recordDeeds(rows, actor, context.clock.now(), [deed])
    return row
  })
}

function checkBinDays(days: number | undefined, member: string): void {
  if (days === undefined || (Number.isInteger(days) && days >= 0 && days <= MOST_BIN_DAYS)) return
  throw invalid(member, `Member must be a whole number from 0 to ${MOST_BIN_DAYS}`)
}

function invalid(member: string, constraint: string): RegistryError {
  return new RegistryError({ kind: 'parameterInvalid', member, constraint })
}
