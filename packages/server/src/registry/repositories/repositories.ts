import type { Actor } from '../../domain/actor.ts'
import type { AccountId, RepositoryName } from '../../domain/names.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import type { Page } from '../../ports/rows/common.ts'
import type { RepositoryRow, ResourceTag } from '../../ports/rows/repositories/repositories.ts'
import { requireAuditRoom } from '../access/account-quotas.ts'
import { recordDeeds } from '../audit.ts'
import { type Confirm, type RegistryContext, words } from '../context.ts'
import { requireDiskRoom } from '../disk-room.ts'
import { type PageOf, pageOf } from '../page.ts'
import { type CatalogInput, storeCatalogData } from './catalog-data.ts'
import { refTo } from './repository-ref.ts'
import { describeResourceTags, mergeResourceTags } from './resource-tags.ts'

export interface NewRepository {
  readonly accountId: AccountId
  readonly name: RepositoryName
  readonly catalogData?: CatalogInput | undefined
  readonly resourceTags: readonly ResourceTag[]
}

/**
 * Makes a repository with its tags and catalog data, all of it or nothing.
 * @throws RegistryError `repositoryExists`, `quotaExceeded`, `resourceTagInvalid`, `resourceTagsTooMany`, and as
 * `confirm`
 */
export async function createRepository(
  context: RegistryContext,
  actor: Actor,
  wanted: NewRepository,
  confirm?: Confirm,
): Promise<RepositoryRow> {
  const { accountId, name, catalogData } = wanted
  const limit = context.quotas.repositoriesPerRegistry
  const resourceTags = mergeResourceTags([], wanted.resourceTags, context.quotas.resourceTagsPerRepository)
  await requireAuditRoom(context, actor, { accountId })
  await requireDiskRoom(context)
  return context.metadata.transaction(async rows => {
    await confirm?.(rows)
    const row = await rows.repositories.create({
      accountId,
      name,
      createdAt: context.clock.now(),
      policyText: undefined,
      catalogData: undefined,
      resourceTags,
    })
    if ((await rows.repositories.count(accountId)) > limit)
      throw new RegistryError({ kind: 'quotaExceeded', quota: 'repositories', limit, ...words(refTo(row)) })
    const detail = resourceTags.length === 0 ? undefined : `with ${describeResourceTags(resourceTags)}`
    const deed = { action: 'CreateRepository' as const, accountId, repository: name, detail }
    await recordDeeds(rows, actor, row.createdAt, [deed])
    if (catalogData === undefined) return row
    return { ...row, catalogData: await storeCatalogData(rows, actor, row, catalogData, row.createdAt) }
  })
}

/** One page of the account's repositories, sorted by name. */
export async function listRepositories(
  { rows }: MetadataStore,
  accountId: AccountId,
  { after, limit }: Page<RepositoryName>,
): Promise<PageOf<RepositoryRow, RepositoryName>> {
  const found = await rows.repositories.list(accountId, { after, limit: limit + 1 })
  return pageOf(found, limit, row => row.name)
}
