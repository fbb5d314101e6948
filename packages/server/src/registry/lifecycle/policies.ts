import { type LifecyclePolicy, parseLifecyclePolicy, rulesWithoutEffect } from '@berth/lifecycle'
import type { Actor } from '../../domain/actor.ts'
import { ControlError, RegistryError } from '../../domain/problem.ts'
import type { MetadataStore, Rows } from '../../ports/metadata-store.ts'
import type { LifecycleRow } from '../../ports/rows/repositories/lifecycle.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { requireAuditRoom } from '../access/account-quotas.ts'
import { recordDeeds } from '../audit.ts'
import { type RegistryContext, type RepositoryRef, words } from '../context.ts'
import { readAgain, refTo } from '../repositories/repository-ref.ts'

/**
 * Reads a lifecycle policy. A problem names the member as ECR does in its own message. @throws RegistryError
 * `parameterInvalid`
 */
export function parsePolicyText(text: string): LifecyclePolicy {
  const parsed = parseLifecyclePolicy(text)
  if (parsed.ok) return parsed.policy
  const faults = parsed.faults.map(({ path, reason }) => `${path || 'the policy'} ${reason}`)
  throw new RegistryError({
    kind: 'parameterInvalid',
    member: 'LifecyclePolicyText',
    constraint: `Lifecycle policy validation failure: ${faults.join('; ')}`,
  })
}

/** The repository's policy. @throws ControlError `lifecyclePolicyNotFound` */
export function getLifecyclePolicy({ rows }: MetadataStore, repository: RepositoryRow): Promise<LifecycleRow> {
  return requirePolicy(rows, repository)
}

/** Sets or replaces the policy. @throws RegistryError `parameterInvalid`, and as `readAgain` */
export async function putLifecyclePolicy(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  policyText: string,
): Promise<void> {
  parsePolicyText(policyText)
  const { metadata, clock } = context
  await requireAuditRoom(context, actor, repository)
  await metadata.transaction(async rows => {
    const { id, accountId, name } = await readAgain(rows, repository)
    await rows.lifecycle.set(id, policyText)
    const deed = { action: 'PutLifecyclePolicy' as const, accountId, repository: name, detail: policyText }
    await recordDeeds(rows, actor, clock.now(), [deed])
  })
}

/** Deletes the policy and returns it. @throws ProblemError `lifecyclePolicyNotFound`, and as `readAgain` */
export function deleteLifecyclePolicy(
  { metadata, clock }: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
): Promise<LifecycleRow> {
  return metadata.transaction(async rows => {
    const found = await readAgain(rows, repository)
    const { id, accountId, name } = found
    const row = await requirePolicy(rows, found)
    await rows.lifecycle.set(id, undefined)
    const deed = { action: 'DeleteLifecyclePolicy' as const, accountId, repository: name }
    await recordDeeds(rows, actor, clock.now(), [deed])
    return row
  })
}

/**
 * When a policy of that text runs next, at the earliest; the run begins within a minute of that time. A policy that is
 * not in force runs once it is put.
 */
export async function nextEvaluation(
  { metadata, clock, lifecycleMs }: RegistryContext,
  { id }: RepositoryRow,
  policyText: string,
): Promise<Date> {
  const row = await metadata.rows.lifecycle.find(id)
  const last = row?.policyText === policyText ? row.evaluatedAt : undefined
  return new Date(last === undefined ? clock.now() : last + lifecycleMs)
}

async function requirePolicy(rows: Rows, repository: RepositoryRow): Promise<LifecycleRow> {
  const row = await rows.lifecycle.find(repository.id)
  if (row === undefined) throw new ControlError({ kind: 'lifecyclePolicyNotFound', ...words(refTo(repository)) })
  return row
}

/**
 * The rules of a policy that expire nothing here, whatever images there are. @throws RegistryError `parameterInvalid`
 */
export const rulesOfNoEffect = (policyText: string) => rulesWithoutEffect(parsePolicyText(policyText))
