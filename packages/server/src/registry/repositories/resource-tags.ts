import type { Actor } from '../../domain/actor.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { ResourceTag } from '../../ports/rows/repositories/repositories.ts'
import { requireAuditRoom } from '../access/account-quotas.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { requireDiskRoom } from '../disk-room.ts'
import { readAgain } from './repository-ref.ts'

/**
 * The characters of a resource tag: letters, digits and blanks of any script, and a few signs ("Tagging a public
 * repository").
 */
const ALLOWED = /^[\p{L}\p{N}\p{Z}_.:/=+@-]*$/u
/** The prefix of the service's own tags, in any case of its letters. */
const RESERVED = /^aws:/i

/**
 * Adds resource tags to a repository. A key that the repository has takes the new value.
 * @throws RegistryError `resourceTagInvalid`, `resourceTagsTooMany`, and as `readAgain`
 */
export async function tagRepository(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  tags: readonly ResourceTag[],
): Promise<void> {
  const { metadata, quotas, clock } = context
  await requireAuditRoom(context, actor, repository)
  await requireDiskRoom(context)
  return metadata.transaction(async rows => {
    const { id, accountId, name, resourceTags } = await readAgain(rows, repository)
    const merged = mergeResourceTags(resourceTags, tags, quotas.resourceTagsPerRepository)
    await rows.repositorySettings.setResourceTags(id, merged)
    const deed = { action: 'TagResource' as const, accountId, repository: name, detail: describeResourceTags(tags) }
    await recordDeeds(rows, actor, clock.now(), [deed])
  })
}

/**
 * Removes resource tags from a repository. A key that the repository lacks is no error. @throws RegistryError as
 * `readAgain`
 */
export function untagRepository(
  { metadata, clock }: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  keys: readonly string[],
): Promise<void> {
  return metadata.transaction(async rows => {
    const { id, accountId, name, resourceTags } = await readAgain(rows, repository)
    const kept = resourceTags.filter(tag => !keys.includes(tag.key))
    if (kept.length === resourceTags.length) return
    await rows.repositorySettings.setResourceTags(id, kept)
    const deed = { action: 'UntagResource' as const, accountId, repository: name, detail: JSON.stringify(keys) }
    await recordDeeds(rows, actor, clock.now(), [deed])
  })
}

/** Resource tags as JSON, for the audit log: `{"env":"prod"}`. */
export const describeResourceTags = (tags: readonly ResourceTag[]): string =>
  JSON.stringify(Object.fromEntries(tags.map(({ key, value }) => [key, value])))

/**
 * The tags `before` with those that are added, each key once. @throws RegistryError `resourceTagInvalid`,
 * `resourceTagsTooMany`
 */
export function mergeResourceTags(
  before: readonly ResourceTag[],
  added: readonly ResourceTag[],
  limit: number,
): ResourceTag[] {
  const values = new Map(added.map(({ key, value }) => [key, value]))
  if (values.size < added.length) throw invalid('a key may be given only once')
  for (const { key, value } of added) {
    if (RESERVED.test(key) || RESERVED.test(value)) throw invalid(`the prefix 'aws:' is reserved`)
    if (!ALLOWED.test(key) || !ALLOWED.test(value))
      throw invalid('only letters, digits, blanks and the signs _ . : / = + - @ are allowed')
  }
  const merged = new Map([...before.map(({ key, value }) => [key, value] as const), ...values])
  if (merged.size > limit) throw new RegistryError({ kind: 'resourceTagsTooMany', limit })
  return [...merged].map(([key, value]) => ({ key, value }))
}

function invalid(reason: string): RegistryError {
  return new RegistryError({ kind: 'resourceTagInvalid', reason })
}
